/** What stands where there is no value. */
export const MISSING = '—';

const MINUS = '−';

function grouped(digits: string): string {
  if (digits.length <= 3) return digits;
  const head = digits.length % 3;
  let text = digits.slice(0, head);
  for (let at = head; at < digits.length; at += 3) text += `${text === '' ? '' : ','}${digits.slice(at, at + 3)}`;
  return text;
}

function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  const point = text.indexOf('.');
  const whole = point < 0 ? text : text.slice(0, point);
  return grouped(whole) + (point < 0 ? '' : text.slice(point));
}

/** `1,234.50`; `—` for no value. */
export function formatPrice(value: number | null, decimals = 2): string {
  if (value === null || !Number.isFinite(value)) return MISSING;
  return (value < 0 ? MINUS : '') + fixed(value, decimals);
}

/** With its sign, so that direction never rests on colour alone: `+1.25`, `−0.40`, `0.00`. */
export function formatSigned(value: number | null, decimals = 2): string {
  if (value === null || !Number.isFinite(value)) return MISSING;
  const text = fixed(value, decimals);
  if (Number(text.replaceAll(',', '')) === 0) return text;
  return (value > 0 ? '+' : MINUS) + text;
}

/** `+1.25%`. */
export function formatPercent(value: number | null, decimals = 2): string {
  const text = formatSigned(value, decimals);
  return text === MISSING ? text : `${text}%`;
}

const UNITS = [
  { size: 1e12, suffix: 'T' },
  { size: 1e9, suffix: 'B' },
  { size: 1e6, suffix: 'M' },
  { size: 1e3, suffix: 'k' },
] as const;

/** Three or four significant digits with k, M, B, T: `1.23M`, `45.6k`, `870`. */
export function formatCompact(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return MISSING;
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  for (const unit of UNITS) {
    // 999,500 would round to 1000k, so a value that close belongs to the next unit already.
    if (size < unit.size * 0.9995) continue;
    const scaled = size / unit.size;
    return `${sign}${scaled.toFixed(scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2)}${unit.suffix}`;
  }
  return sign + (Number.isInteger(size) ? String(size) : size.toFixed(size >= 10 ? 1 : 2));
}

/** 1 for up, -1 for down; 0 for what is shown as zero with these decimals, or not at all. */
export function shownDirection(value: number, decimals: number): number {
  return Math.sign(Number(value.toFixed(decimals))) || 0;
}

/** An arrow beside the sign: direction that can be seen without colour. */
export function directionArrow(value: number): string {
  if (value > 0) return '▲';
  return value < 0 ? '▼' : '';
}
