import { directionArrow, formatCompact, formatPercent, formatPrice, formatSigned } from '../../format/numbers.ts';
import type { CandleHistory } from './candle-history.ts';
import type { ChartView } from './chart-view.ts';
import styles from './chart.module.css';
import type { ChartStrip, IndicatorLine } from './indicator-series.ts';

/** The values of one candle in words: OHLC and volume on top, each indicator where it is drawn. Written straight to the page. */
export class ChartLegend {
  private readonly candle: HTMLElement;
  private readonly rows: ReadonlyMap<ChartStrip, HTMLElement>;
  private readonly values: readonly (HTMLElement | null)[];
  private readonly lines: readonly IndicatorLine[];
  private readonly decimals: () => number;

  constructor(root: HTMLElement, lines: readonly IndicatorLine[], decimals: () => number) {
    this.lines = lines;
    this.decimals = decimals;
    const make = (parent: HTMLElement, tag: string, className: string | undefined) => {
      const element = root.ownerDocument.createElement(tag);
      element.className = className ?? '';
      parent.append(element);
      return element;
    };
    const rows = new Map<ChartStrip, HTMLElement>();
    const price = make(root, 'div', styles['legend']);
    rows.set('price', price);
    this.candle = make(price, 'div', styles['candleValues']);
    const indicators = make(price, 'div', styles['indicatorValues']);
    for (const strip of ['rsi', 'macd'] as const) {
      if (lines.some((line) => line.strip === strip)) rows.set(strip, make(root, 'div', styles['legend']));
    }
    this.rows = rows;
    this.values = lines.map((line) => {
      const parent = line.strip === 'price' ? indicators : rows.get(line.strip);
      // Bollinger's outer bands and the histogram are read off the drawing.
      if (parent === undefined || line.label === '') return null;
      const item = make(parent, 'span', styles['indicatorValue']);
      const name = make(item, 'i', undefined);
      name.textContent = line.label;
      const value = make(item, 'b', undefined);
      value.style.color = `var(${line.colour})`;
      return value;
    });
  }

  place(view: ChartView): void {
    const { height, top } = view.plot;
    for (const [strip, element] of this.rows) {
      const box = view.strips[strip];
      if (box !== null) element.style.top = `${Math.round(top + box.top * height + 2)}px`;
    }
  }

  /** `index` into the arrays of the history; outside of them nothing is shown. */
  show(history: CandleHistory, index: number): void {
    const open = history.open[index];
    const close = history.close[index];
    if (open === undefined || close === undefined) {
      this.candle.textContent = '';
      for (const value of this.values) if (value !== null) value.textContent = '';
      return;
    }
    const decimals = this.decimals();
    const before = history.close[index - 1] ?? open;
    const change = close - before;
    const price = (value: number | undefined) => formatPrice(value ?? null, decimals);
    this.candle.dataset['direction'] = change > 0 ? 'up' : change < 0 ? 'down' : 'flat';
    this.candle.replaceChildren(
      ...pair(this.candle, 'O', price(open)),
      ...pair(this.candle, 'H', price(history.high[index])),
      ...pair(this.candle, 'L', price(history.low[index])),
      ...pair(this.candle, 'C', price(close)),
      ...pair(
        this.candle,
        directionArrow(change),
        `${formatSigned(change, decimals)} (${formatPercent((change / before) * 100)})`,
      ),
      ...pair(this.candle, 'V', formatCompact(history.volume[index] ?? null)),
    );
    for (const [column, { strip }] of this.lines.entries()) {
      const element = this.values[column];
      if (element === null || element === undefined) continue;
      const value = history.indicators[column]?.[index] ?? Number.NaN;
      const text = formatPrice(
        Number.isNaN(value) ? null : value,
        strip === 'rsi' ? 1 : strip === 'macd' ? 3 : decimals,
      );
      if (element.textContent !== text) element.textContent = text;
    }
  }

  remove(): void {
    for (const row of this.rows.values()) row.remove();
  }
}

function pair(parent: HTMLElement, name: string, value: string): HTMLElement[] {
  const label = parent.ownerDocument.createElement('i');
  label.textContent = name;
  const text = parent.ownerDocument.createElement('b');
  text.textContent = value;
  return name === '' ? [text] : [label, text];
}
