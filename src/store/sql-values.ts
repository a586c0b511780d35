const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T00:00:00Z');

/** Epoch milliseconds as a parameter for timestamptz; bounds far outside any data become the years 1 and 9999. */
export function sqlTime(timeMs: number): string {
  return new Date(Math.min(Math.max(timeMs, FIRST_MS), LAST_MS)).toISOString();
}

/** PostgreSQL text holds neither NUL nor half a surrogate pair; both become U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}

/** A value as a parameter for `jsonb`. */
export function sqlJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storableText(part) : part));
}
