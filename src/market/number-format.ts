/** What stands for a value that is not there. */
export const MISSING = '—';

type Value = number | null | undefined;

/** Decimals to show a price with: below one dollar prices are quoted to four (Regulation NMS, rule 612). */
export function quotedDecimals(price: number, decimals = 2): number {
  return price < 1 ? Math.max(4, decimals) : decimals;
}

/** `1234.50`: fixed decimals of the instrument, no grouping, so that columns align. */
export function formatPrice(value: Value, decimals: number): string {
  return isShown(value) ? withoutMinusZero(value.toFixed(decimals)) : MISSING;
}

/** `+1.25`, `-0.40`, `0.00`. */
export function formatSignedPrice(value: Value, decimals: number): string {
  return isShown(value) ? signed(value.toFixed(decimals)) : MISSING;
}

/** `value` in percent: `+1.25%`, `-0.40%`, `0.00%`. */
export function formatSignedPercent(value: Value, decimals = 2): string {
  return isShown(value) ? `${signed(value.toFixed(decimals))}%` : MISSING;
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Three or four significant digits and a unit: `950`, `1.23k`, `45.6M`, `789B`. */
export function formatCompact(value: Value): string {
  if (!isShown(value)) return MISSING;
  const magnitude = Math.abs(value);
  // 999,950 would round to `1000k`, so a unit starts just below its power of ten.
  const unit = UNITS.find(([size]) => magnitude >= size * 0.9995);
  if (unit === undefined) return withoutMinusZero(String(Number(value.toFixed(2))));
  const [size, letter] = unit;
  const scaled = value / size;
  const digits = Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2;
  return `${scaled.toFixed(digits)}${letter}`;
}

const DURATIONS: readonly (readonly [number, string])[] = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** Exactly, in the longest unit that it is a whole number of: `2 h`, `90 min`, `90 s`. */
export function formatDuration(durationMs: number): string {
  const [lengthMs, name] = DURATIONS.find(([unitMs]) => durationMs % unitMs === 0) ?? [1, 'ms'];
  return `${durationMs / lengthMs} ${name}`;
}

function isShown(value: Value): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

function signed(text: string): string {
  const plain = withoutMinusZero(text);
  return plain.startsWith('-') || Number(plain) === 0 ? plain : `+${plain}`;
}

function withoutMinusZero(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}
