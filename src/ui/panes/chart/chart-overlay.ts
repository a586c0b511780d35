import type { CandleHistory } from './candle-history.ts';
import type { ChartView } from './chart-view.ts';
import styles from './chart.module.css';

/** Where the pointer is over the chart, px. */
export interface Pointer {
  readonly x: number;
  readonly y: number;
}

/**
 * Crosshair, last price and their labels: a handful of elements that are moved by transform. Highcharts would redraw its axes
 * for each of them.
 */
export class ChartOverlay {
  private readonly root: HTMLElement;
  private readonly backfilled: HTMLElement;
  private readonly lastLine: HTMLElement;
  private readonly lastBox: HTMLElement;
  private readonly vertical: HTMLElement;
  private readonly horizontal: HTMLElement;
  private readonly valueBox: HTMLElement;
  private readonly timeBox: HTMLElement;
  private drawnImage = '';

  constructor(container: HTMLElement) {
    this.root = container;
    const make = (name: string) => {
      const element = container.ownerDocument.createElement('div');
      element.className = styles[name] ?? '';
      element.hidden = true;
      container.append(element);
      return element;
    };
    this.backfilled = make('backfilledLine');
    this.backfilled.dataset['testid'] = 'chart-backfilled';
    this.lastLine = make('lastLine');
    this.lastBox = make('lastBox');
    this.vertical = make('vertical');
    this.horizontal = make('horizontal');
    this.valueBox = make('valueBox');
    this.timeBox = make('timeBox');
  }

  /** A thin line above the time axis where a backfill made the candles: one element however many there are. */
  drawBackfilled(view: ChartView, history: CandleHistory): void {
    const image = history.backfilledMs.size === 0 ? '' : stretchesImage(view, history);
    this.backfilled.hidden = image === '';
    if (image === '') return;
    const { width, height, top } = view.plot;
    this.backfilled.style.width = `${width}px`;
    this.backfilled.style.transform = `translateY(${Math.round(top + height) - 2}px)`;
    if (image !== this.drawnImage) this.backfilled.style.backgroundImage = image;
    this.drawnImage = image;
  }

  /** The last price: a line across and a coloured box on the axis. */
  drawLast(view: ChartView, history: CandleHistory): void {
    const close = history.close.at(-1);
    const open = history.open.at(-1);
    const y = close === undefined ? Number.NaN : view.yOf(close);
    const { width, height, top } = view.plot;
    const priceBottom = top + height * (view.strips.get('price')?.height ?? 1);
    const isVisible = close !== undefined && open !== undefined && y >= top && y <= priceBottom;
    this.lastLine.hidden = !isVisible;
    this.lastBox.hidden = !isVisible;
    if (!isVisible) return;
    const direction = close >= open ? 'up' : 'down';
    this.lastLine.dataset['direction'] = direction;
    this.lastBox.dataset['direction'] = direction;
    this.lastLine.style.width = `${width}px`;
    this.lastLine.style.transform = `translateY(${Math.round(y)}px)`;
    this.lastBox.style.left = `${width}px`;
    this.lastBox.style.transform = `translateY(${Math.round(y) - 8}px)`;
    const text = view.valueLabel('price', close);
    if (this.lastBox.textContent !== text) this.lastBox.textContent = text;
  }

  /** Null hides the crosshair. Answers the place under the pointer. */
  drawCrosshair(view: ChartView, pointer: Pointer | null, timeText: (place: number) => string): number | null {
    const { width, height, top } = view.plot;
    const isInside =
      pointer !== null && pointer.x >= 0 && pointer.x <= width && pointer.y >= top && pointer.y <= top + height;
    for (const element of [this.vertical, this.horizontal, this.valueBox, this.timeBox]) element.hidden = !isInside;
    if (!isInside) return null;
    const place = Math.round(view.placeAt(pointer.x));
    const x = Math.round(view.xOf(place));
    this.vertical.style.transform = `translateX(${x}px)`;
    this.vertical.style.height = `${height}px`;
    this.vertical.style.top = `${top}px`;
    this.horizontal.style.transform = `translateY(${Math.round(pointer.y)}px)`;
    this.horizontal.style.width = `${width}px`;
    const value = view.valueAt(pointer.y);
    this.valueBox.hidden = value === null;
    if (value !== null) {
      this.valueBox.textContent = view.valueLabel(value.axisId, value.value);
      this.valueBox.style.left = `${width}px`;
      this.valueBox.style.transform = `translateY(${Math.round(pointer.y) - 8}px)`;
    }
    const text = timeText(place);
    this.timeBox.hidden = text === '';
    if (text !== '') {
      this.timeBox.textContent = text;
      this.timeBox.style.top = `${top + height + 2}px`;
      const half = this.timeBox.offsetWidth / 2;
      this.timeBox.style.transform = `translateX(${Math.round(Math.max(0, Math.min(width - half * 2, x - half)))}px)`;
    }
    return place;
  }

  clear(): void {
    for (const element of this.root.children) (element as HTMLElement).hidden = true;
  }
}

/** A gradient that has the line's colour from the first to the last candle of each stretch in view; empty without one. */
function stretchesImage(view: ChartView, history: CandleHistory): string {
  const { right, bars } = view.window;
  const from = Math.max(0, Math.floor(history.indexOf(right - bars)));
  const to = Math.min(history.length - 1, Math.ceil(history.indexOf(right)));
  const stops: string[] = [];
  let wasMarked = false;
  for (let index = from; index <= to + 1; index++) {
    const isMarked = index <= to && history.backfilledMs.has(history.openTimeMs[index] ?? Number.NaN);
    if (isMarked === wasMarked) continue;
    const edge = `${view.xOf(history.firstPlace + index - 0.5).toFixed(1)}px`;
    stops.push(
      isMarked
        ? `transparent ${edge}, var(--chart-backfilled) ${edge}`
        : `var(--chart-backfilled) ${edge}, transparent ${edge}`,
    );
    wasMarked = isMarked;
  }
  return stops.length === 0 ? '' : `linear-gradient(to right, ${stops.join(', ')})`;
}
