/** `13:45:01.120 WARN  feed went quiet  symbol=AAPL seconds=30` from a JSON log line; other text is left as it is. */
export function formatLogLine(json: string): string {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const { time, level, msg, ...fields } = line;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`);
  const label = typeof level === 'string' ? level.toUpperCase().padEnd(5) : '';
  const message = typeof msg === 'string' ? msg : '';
  return `${[`${clock} ${label} ${message}`, ...pairs].join('  ')}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  if (isSerializedError(value)) return JSON.stringify(value.message);
  return JSON.stringify(value) ?? '';
}

function isSerializedError(value: unknown): value is { readonly message: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
}
