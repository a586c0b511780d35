export interface StripBox {
  /** Shares of the plot's height. */
  readonly top: number;
  readonly height: number;
}

const STRIP_SHARE = 0.17;
const STRIP_GAP = 0.025;
/** However many strips there are, the candles keep half of the height. */
const MOST_FOR_STRIPS = 0.5;

/** How the height is shared: `price`, `volume` over its lower part, and below each strip by its name. */
export function chartStrips(names: readonly string[]): ReadonlyMap<string, StripBox> {
  const share = Math.min(STRIP_SHARE + STRIP_GAP, MOST_FOR_STRIPS / Math.max(1, names.length));
  const priceHeight = 1 - names.length * share;
  return new Map([
    ['price', { top: 0, height: priceHeight }],
    ['volume', { top: priceHeight * 0.8, height: priceHeight * 0.2 }],
    ...names.map(
      (name, place) => [name, { top: priceHeight + STRIP_GAP + place * share, height: share - STRIP_GAP }] as const,
    ),
  ]);
}

export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** Air above and below, so that a moving price does not touch the edge at once; one value gets a range around it. */
export function paddedRange(low: number, high: number, share: number): ValueRange {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { low: 0, high: 1 };
  const range = high - low;
  const air = range > 0 ? range * share : Math.max(Math.abs(high) * 0.005, 0.01);
  return { low: low - air, high: high + air };
}

/** The part of the candles on screen: places from `from` to `to`, with free room at the right. */
export interface ChartWindow {
  /** Place (may be fractional) at the right edge. */
  readonly right: number;
  readonly bars: number;
}

export const MIN_BARS = 15;
export const MAX_BARS = 1_200;
/** Free room right of the last candle, in bars, as a share of what is visible. */
const RIGHT_ROOM = 0.04;

/** The window that shows the newest candle, with room for the next ones. */
export function latestWindow(lastPlace: number, bars: number): ChartWindow {
  return { right: lastPlace + Math.max(1.5, bars * RIGHT_ROOM), bars };
}

/** Whether the newest candle is in view, so that the window goes along when one is added. */
export function followsLatest(window: ChartWindow, lastPlace: number): boolean {
  return window.right >= lastPlace;
}

/** Moves by bars (positive: into the future), never past either end by more than half a screen. */
export function panWindow(window: ChartWindow, byBars: number, firstPlace: number, lastPlace: number): ChartWindow {
  const highest = latestWindow(lastPlace, window.bars).right + window.bars * 0.5;
  const lowest = firstPlace + Math.min(window.bars * 0.5, 10);
  return { ...window, right: Math.max(lowest, Math.min(highest, window.right + byBars)) };
}

/** Zooms by a factor (above 1: more bars) and keeps `anchor`, a place, where it is on screen. */
export function zoomWindow(window: ChartWindow, factor: number, anchor: number): ChartWindow {
  const bars = Math.max(MIN_BARS, Math.min(MAX_BARS, window.bars * factor));
  const share = (window.right - anchor) / window.bars;
  return { right: anchor + share * bars, bars };
}
