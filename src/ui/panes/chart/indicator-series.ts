/** Where an indicator is drawn: over the candles, or in a strip of its own. */
export type ChartStrip = 'price' | 'rsi' | 'macd';

export interface IndicatorLine {
  /** Key of the value, as in `IndicatorSet`. */
  readonly key: string;
  readonly label: string;
  readonly strip: ChartStrip;
  readonly kind: 'line' | 'histogram';
  /** Custom property that holds its colour. */
  readonly colour: string;
  readonly isDashed: boolean;
}

/** What the menu offers; the periods are the defaults of the pipeline's configuration. */
export const OFFERED_INDICATORS: readonly { readonly name: string; readonly label: string }[] = [
  { name: 'sma20', label: 'SMA 20' },
  { name: 'ema12', label: 'EMA 12' },
  { name: 'ema26', label: 'EMA 26' },
  { name: 'bollinger20-2', label: 'Bollinger 20, 2' },
  { name: 'rsi14', label: 'RSI 14' },
  { name: 'macd12-26-9', label: 'MACD 12, 26, 9' },
];

const LINE_COLOURS = ['--chart-line-1', '--chart-line-2', '--chart-line-3', '--chart-line-4'];

const line = (key: string, label: string, strip: ChartStrip, colour: string): IndicatorLine => ({
  key,
  label,
  strip,
  kind: 'line',
  colour,
  isDashed: false,
});

/** The lines of the chosen indicators. A name this chart can't draw is left out. */
export function indicatorLines(names: readonly string[]): IndicatorLine[] {
  const lines: IndicatorLine[] = [];
  let colourIndex = 0;
  const nextColour = () => LINE_COLOURS[colourIndex++ % LINE_COLOURS.length] ?? '--chart-line-1';
  for (const name of new Set(names)) {
    const match = /^([a-z]+)([\d.]+(?:-[\d.]+)*)$/.exec(name);
    if (match === null) continue;
    const [, kind = '', periods = ''] = match;
    const label = `${kind.toUpperCase()} ${periods.replaceAll('-', ' ')}`;
    if (kind === 'sma' || kind === 'ema') lines.push(line(name, label, 'price', nextColour()));
    else if (kind === 'rsi') lines.push(line(name, label, 'rsi', '--chart-line-3'));
    else if (kind === 'bollinger') {
      const period = periods.split('-')[0] ?? '';
      // The middle band is the average of the same period: drawn once.
      const parts = names.includes(`sma${period}`) ? ['upper', 'lower'] : ['upper', 'middle', 'lower'];
      for (const part of parts) {
        const isLabelled = part === 'upper';
        lines.push({
          ...line(
            `${name}.${part}`,
            isLabelled ? `BB ${periods.replaceAll('-', ' ')}` : part === 'lower' ? '–' : '',
            'price',
            '--chart-band',
          ),
          isDashed: part === 'middle',
        });
      }
    } else if (kind === 'macd') {
      lines.push({ ...line(`${name}.histogram`, '', 'macd', '--chart-histogram'), kind: 'histogram' });
      lines.push(line(name, label, 'macd', '--chart-line-2'));
      lines.push(line(`${name}.signal`, 'Signal', 'macd', '--chart-line-1'));
    }
  }
  return lines;
}
