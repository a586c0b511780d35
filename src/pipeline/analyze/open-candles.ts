import { type Candle, type CandleSource, type Interval, INTERVALS } from '../../market/index.ts';

/** Least wall time between two states of one open candle. */
const CHARTED_SPACING_MS = 100;
/** Lists show the day and the last minute; the intervals between are only for charts. */
const LISTED_SPACING_MS: Readonly<Record<Interval, number>> = {
  '1m': 1_000,
  '5m': 5_000,
  '15m': 5_000,
  '1h': 5_000,
  '1d': 1_000,
};

/** Indicators of a candle that is still open travel this often; charts compute their own. */
const OPEN_SET_SPACING_MS = 5_000;

interface Slot {
  candle: Candle | null;
  publishedMs: number;
  setPublishedMs: number;
  closedOpenMs: number;
}

/**
 * The newest state of every open candle that is not published yet. A candle of a busy symbol changes with every trade;
 * what travels is bounded by time instead.
 */
export class OpenCandles {
  /** By source, because a bar of the feed is another candle than the one built beside it; then by symbol. */
  readonly #slots = new Map<CandleSource, Map<string, Slot[]>>();
  readonly #pending = new Set<Slot>();

  put(candle: Candle): void {
    const slot = this.#slot(candle);
    // A print out of order changes the candle before as well, which closes in a moment and says so then.
    if (slot.candle !== null && slot.candle.openTimeMs > candle.openTimeMs) return;
    slot.candle = candle;
    this.#pending.add(slot);
  }

  /** Forgets the open state of a candle that has closed. True when a candle that had closed before was revised. */
  close(candle: Candle): boolean {
    const slot = this.#slot(candle);
    if (slot.candle !== null && slot.candle.openTimeMs <= candle.openTimeMs) {
      slot.candle = null;
      this.#pending.delete(slot);
    }
    if (candle.openTimeMs <= slot.closedOpenMs) return true;
    slot.closedOpenMs = candle.openTimeMs;
    return false;
  }

  /** The states whose turn it is. */
  take(nowMs: number, charted: ReadonlySet<string>): readonly Candle[] {
    const due: Candle[] = [];
    for (const slot of this.#pending) {
      const { candle } = slot;
      if (candle === null) continue;
      const spacingMs = charted.has(candle.symbol) ? CHARTED_SPACING_MS : LISTED_SPACING_MS[candle.interval];
      if (nowMs - slot.publishedMs < spacingMs) continue;
      slot.publishedMs = nowMs;
      this.#pending.delete(slot);
      due.push(candle);
    }
    return due;
  }

  takeAll(nowMs: number): readonly Candle[] {
    const candles: Candle[] = [];
    for (const slot of this.#pending) {
      slot.publishedMs = nowMs;
      if (slot.candle !== null) candles.push(slot.candle);
    }
    this.#pending.clear();
    return candles;
  }

  /** Whether the indicators of this open candle are due; says so once. */
  isSetDue(candle: Candle, nowMs: number): boolean {
    const slot = this.#slot(candle);
    if (nowMs - slot.setPublishedMs < OPEN_SET_SPACING_MS) return false;
    slot.setPublishedMs = nowMs;
    return true;
  }

  #slot(candle: Candle): Slot {
    let ofSource = this.#slots.get(candle.source);
    if (ofSource === undefined) {
      ofSource = new Map();
      this.#slots.set(candle.source, ofSource);
    }
    let slots = ofSource.get(candle.symbol);
    if (slots === undefined) {
      slots = INTERVALS.map(() => ({
        candle: null,
        publishedMs: Number.NEGATIVE_INFINITY,
        setPublishedMs: Number.NEGATIVE_INFINITY,
        closedOpenMs: Number.NEGATIVE_INFINITY,
      }));
      ofSource.set(candle.symbol, slots);
    }
    const slot = slots[INTERVALS.indexOf(candle.interval)];
    if (slot === undefined) throw new RangeError(`no such interval: ${candle.interval}`);
    return slot;
  }
}
