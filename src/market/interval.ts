export const INTERVALS = ['1m', '5m', '15m', '1h', '1d'] as const;
export type Interval = (typeof INTERVALS)[number];

const MINUTE_MS = 60_000;

/** Nominal length; a `1d` candle's real bounds come from the session calendar. */
export const INTERVAL_MS: Readonly<Record<Interval, number>> = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '1d': 1440 * MINUTE_MS,
};

export function isInterval(text: string): text is Interval {
  return (INTERVALS as readonly string[]).includes(text);
}

/** Start of the UTC-aligned bucket that holds `timeMs`; for every interval but `1d`. */
export function bucketStartMs(timeMs: number, interval: Exclude<Interval, '1d'>): number {
  const lengthMs = INTERVAL_MS[interval];
  return Math.floor(timeMs / lengthMs) * lengthMs;
}
