import type { IndicatorDescription } from '../../../contract/index.ts';

/** Over the candles, or the key of the indicator that has a strip of its own. */
export type ChartStrip = string;
export const PRICE_STRIP = 'price';

export interface IndicatorLine {
  /** Key of the value, as in `IndicatorSet`. */
  readonly key: string;
  readonly strip: ChartStrip;
  readonly kind: 'line' | 'histogram';
  /** Custom property that holds its colour. */
  readonly colour: string;
  readonly isDashed: boolean;
}

/** What a chart draws besides candles and volume. */
export interface ChartIndicators {
  readonly descriptions: readonly IndicatorDescription[];
  readonly lines: readonly IndicatorLine[];
  /** Those with a strip of their own, from top to bottom. */
  readonly strips: readonly IndicatorDescription[];
}

const LINE_COLOURS = ['--chart-line-1', '--chart-line-2', '--chart-line-3', '--chart-line-4'];
const DRAWINGS = {
  histogram: { kind: 'histogram', colour: '--chart-histogram', isDashed: false },
  band: { kind: 'line', colour: '--chart-band', isDashed: false },
  middle: { kind: 'line', colour: '--chart-band', isDashed: true },
} as const;

/** Where each line goes and in what colour; lines of one strip differ. What is drawn first lies below. */
export function chartIndicators(descriptions: readonly IndicatorDescription[]): ChartIndicators {
  const strips = descriptions.filter(({ scale }) => scale !== 'price');
  const colourIndexes = new Map<ChartStrip, number>(strips.map(({ key }, index) => [key, index + 2]));
  const nextColour = (strip: ChartStrip) => {
    const index = colourIndexes.get(strip) ?? 0;
    colourIndexes.set(strip, index + 1);
    return LINE_COLOURS[index % LINE_COLOURS.length] ?? '--chart-line-1';
  };
  const lines = descriptions.flatMap((description) => {
    const strip = description.scale === 'price' ? PRICE_STRIP : description.key;
    return description.lines.map(({ key, drawing }): IndicatorLine => {
      if (drawing !== 'line') return { key, strip, ...DRAWINGS[drawing] };
      return { key, strip, kind: 'line', colour: nextColour(strip), isDashed: false };
    });
  });
  const depth = ({ kind, colour }: IndicatorLine) => (kind === 'histogram' ? 0 : colour === '--chart-band' ? 1 : 2);
  return { descriptions, strips, lines: lines.sort((a, b) => depth(a) - depth(b)) };
}
