import { directionArrow, formatCompact, formatPercent, formatPrice, formatSigned } from '../../format/numbers.ts';
import type { CandleHistory } from './candle-history.ts';
import type { ChartView } from './chart-view.ts';
import styles from './chart.module.css';
import { type ChartIndicators, PRICE_STRIP } from './indicator-series.ts';

interface LegendValue {
  readonly element: HTMLElement;
  /** Into the indicator columns of the history. */
  readonly column: number;
  /** Null for as many as the price has. */
  readonly decimals: number | null;
}

const DECIMALS = { price: null, percent: 1, signed: 3, positive: 3 } as const;

/** The values of one candle in words: OHLC and volume on top, each indicator where it is drawn. Written straight to the page. */
export class ChartLegend {
  private readonly candle: HTMLElement;
  private readonly rows: ReadonlyMap<string, HTMLElement>;
  private readonly values: readonly LegendValue[];
  private readonly decimals: () => number;

  constructor(root: HTMLElement, { descriptions, strips, lines }: ChartIndicators, decimals: () => number) {
    this.decimals = decimals;
    const make = (parent: HTMLElement, tag: string, className: string | undefined) => {
      const element = root.ownerDocument.createElement(tag);
      element.className = className ?? '';
      parent.append(element);
      return element;
    };
    const price = make(root, 'div', styles['legend']);
    this.candle = make(price, 'div', styles['candleValues']);
    const overlays = make(price, 'div', styles['indicatorValues']);
    this.rows = new Map([
      [PRICE_STRIP, price],
      ...strips.map(({ key }) => [key, make(root, 'div', styles['legend'])] as const),
    ]);
    this.values = descriptions.flatMap((description) => {
      const item = make(this.rows.get(description.key) ?? overlays, 'span', styles['indicatorValue']);
      make(item, 'i', undefined).textContent = description.title;
      // A histogram is read off the drawing.
      const shown = description.lines.filter(({ drawing }) => drawing !== 'histogram');
      return shown.map(({ key }): LegendValue => {
        const element = make(item, 'b', undefined);
        const column = lines.findIndex((line) => line.key === key);
        element.style.color = `var(${lines[column]?.colour ?? '--text'})`;
        return { element, column, decimals: DECIMALS[description.scale] };
      });
    });
  }

  place(view: ChartView): void {
    const { height, top } = view.plot;
    for (const [strip, element] of this.rows) {
      const box = view.strips.get(strip);
      if (box !== undefined) element.style.top = `${Math.round(top + box.top * height + 2)}px`;
    }
  }

  /** `index` into the arrays of the history; outside of them nothing is shown. */
  show(history: CandleHistory, index: number): void {
    const open = history.open[index];
    const close = history.close[index];
    if (open === undefined || close === undefined) {
      this.candle.textContent = '';
      for (const { element } of this.values) element.textContent = '';
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
      ...(history.backfilledMs.has(history.openTimeMs[index] ?? Number.NaN) ? [backfillMark(this.candle)] : []),
    );
    for (const { element, column, decimals: ownDecimals } of this.values) {
      const value = history.indicators[column]?.[index] ?? Number.NaN;
      const text = formatPrice(Number.isNaN(value) ? null : value, ownDecimals ?? decimals);
      if (element.textContent !== text) element.textContent = text;
    }
  }

  remove(): void {
    for (const row of this.rows.values()) row.remove();
  }
}

/** History of the feed and prints seen here may differ: which one a candle is, must be told. */
function backfillMark(parent: HTMLElement): HTMLElement {
  const mark = parent.ownerDocument.createElement('i');
  mark.className = styles['backfilled'] ?? '';
  mark.textContent = 'backfilled';
  mark.title = 'From the feed’s history, not built here from trades';
  return mark;
}

function pair(parent: HTMLElement, name: string, value: string): HTMLElement[] {
  const label = parent.ownerDocument.createElement('i');
  label.textContent = name;
  const text = parent.ownerDocument.createElement('b');
  text.textContent = value;
  return name === '' ? [text] : [label, text];
}
