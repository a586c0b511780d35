import {
  type Candle,
  compareTradeTime,
  credibleTimeMs,
  INTERVAL_MS,
  isBefore,
  isWithdrawn,
  printEffect,
  type Quote,
  type Trade,
  type TradeCancel,
  type TradeCorrection,
  type TradeEvent,
  type TradingStatus,
} from '../../market/index.ts';
import { PhaseCode, ROW_COLUMNS, type RowColumn } from '../../contract/index.ts';
import { preferredCandle } from '../candles/preferred-candle.ts';

const COLUMN = Object.fromEntries(ROW_COLUMNS.map((name, index) => [name, index])) as Record<RowColumn, number>;

/** The newest of everything about one symbol, kept in the columns of a frame so that sending it copies numbers only. */
export class SymbolState {
  readonly symbol: string;
  /** One value per column of `ROW_COLUMNS`; NaN where nothing is known. */
  readonly values = new Float64Array(ROW_COLUMNS.length).fill(Number.NaN);
  trade: Trade | null = null;
  quote: Quote | null = null;
  #day: Candle | null = null;
  #previousDay: Candle | null = null;
  /** Exchange time of the last price; what follows the end of the newest daily candle belongs to a day that has none yet. */
  #pricedMs = Number.NEGATIVE_INFINITY;
  #dayEndMs = Number.POSITIVE_INFINITY;

  constructor(symbol: string) {
    this.symbol = symbol;
    this.values[COLUMN.phase] = PhaseCode.trading;
  }

  get(column: RowColumn): number | null {
    const value = this.values[COLUMN[column]] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  }

  /** True when something shown has changed; so do the other `apply` methods. */
  applyTradeEvent(event: TradeEvent): boolean {
    switch (event.type) {
      case 'trade':
        return this.#applyTrade(event);
      case 'correction':
        return this.#applyCorrection(event);
      default:
        return this.#applyCancel(event);
    }
  }

  applyQuote(quote: Quote): boolean {
    if (this.quote !== null && isCredible(this.quote) && isBefore(quote, this.quote)) return false;
    this.quote = quote;
    this.values[COLUMN.bid] = quote.bid;
    this.values[COLUMN.bidSize] = quote.bidSize;
    this.values[COLUMN.ask] = quote.ask;
    this.values[COLUMN.askSize] = quote.askSize;
    this.#setTime(quote.timeMs, quote.receivedMs);
    return true;
  }

  applyStatus(status: TradingStatus): boolean {
    this.values[COLUMN.phase] = PhaseCode[status.phase];
    return true;
  }

  applyCandle(candle: Candle): boolean {
    if (isWithdrawn(candle)) return false;
    const isDayChanged = candle.interval === '1d' && this.#applyDay(candle);
    return this.#applyClose(candle) || isDayChanged;
  }

  #applyTrade(trade: Trade): boolean {
    if (this.trade !== null && isCredible(this.trade) && compareTradeTime(trade, this.trade) < 0) return false;
    if (trade.conditions.length > 0 && !printEffect(trade.provider, trade.tape, trade.conditions).last) return false;
    this.trade = trade;
    this.values[COLUMN.last] = trade.price;
    this.values[COLUMN.lastSize] = trade.size;
    this.#setPriced(credibleTimeMs(trade));
    this.#setTime(trade.timeMs, trade.receivedMs);
    return true;
  }

  #applyCorrection(correction: TradeCorrection): boolean {
    if (this.trade === null || !concerns(correction, this.trade)) return false;
    const { id, price, size, conditions } = correction;
    this.trade = { ...this.trade, id, price, size, conditions };
    this.values[COLUMN.last] = price;
    this.values[COLUMN.lastSize] = size;
    return true;
  }

  /** The print before it is not kept; the revised candle that follows brings its price. */
  #applyCancel(cancel: TradeCancel): boolean {
    if (this.trade === null || !concerns(cancel, this.trade)) return false;
    this.trade = null;
    this.values[COLUMN.last] = this.#day?.close ?? Number.NaN;
    this.values[COLUMN.lastSize] = Number.NaN;
    return true;
  }

  #applyDay(candle: Candle): boolean {
    if (this.#day === null || candle.openTimeMs > this.#day.openTimeMs) {
      if (this.#day !== null) this.#previousDay = this.#day;
      this.#day = candle;
    } else if (candle.openTimeMs === this.#day.openTimeMs) {
      this.#day = preferredCandle(this.#day, candle);
    } else if (this.#previousDay === null || candle.openTimeMs > this.#previousDay.openTimeMs) {
      this.#previousDay = candle;
    } else if (candle.openTimeMs === this.#previousDay.openTimeMs) {
      this.#previousDay = preferredCandle(this.#previousDay, candle);
    } else {
      return false;
    }
    // Clocks change on Sundays, so every day of trading has 24 hours.
    this.#dayEndMs = this.#day.openTimeMs + INTERVAL_MS['1d'];
    this.#showDay();
    return true;
  }

  /** From the first price of a day to its first daily candle, which the opening makes, the newest one is that of the day before. */
  #showDay(): void {
    const isOver = this.#pricedMs >= this.#dayEndMs;
    const shown = isOver ? null : this.#day;
    const previous = isOver ? this.#day : this.#previousDay;
    this.values[COLUMN.open] = shown?.open ?? Number.NaN;
    this.values[COLUMN.high] = shown?.high ?? Number.NaN;
    this.values[COLUMN.low] = shown?.low ?? Number.NaN;
    this.values[COLUMN.volume] = shown?.volume ?? Number.NaN;
    this.values[COLUMN.previousClose] = previous?.close ?? Number.NaN;
  }

  #setPriced(timeMs: number): void {
    if (timeMs <= this.#pricedMs) return;
    const wasOver = this.#pricedMs >= this.#dayEndMs;
    this.#pricedMs = timeMs;
    if (!wasOver && timeMs >= this.#dayEndMs) this.#showDay();
  }

  /** Gives a last price where no print has been seen: after a start, or from a feed of bars. */
  #applyClose(candle: Candle): boolean {
    if (candle.interval !== '1m' && candle.interval !== '1d') return false;
    if (this.trade !== null && this.trade.timeMs >= candle.openTimeMs) return false;
    const endMs = candle.openTimeMs + (candle.interval === '1m' ? INTERVAL_MS['1m'] : 0);
    const knownMs = this.values[COLUMN.timeMs] ?? Number.NaN;
    const hasLast = !Number.isNaN(this.values[COLUMN.last] ?? Number.NaN);
    if (hasLast && endMs < knownMs) return false;
    this.values[COLUMN.last] = candle.close;
    if (this.trade === null) this.#setPriced(candle.openTimeMs);
    if (!(knownMs > endMs)) this.values[COLUMN.timeMs] = endMs;
    return true;
  }

  #setTime(timeMs: number, receivedMs: number): void {
    if (!((this.values[COLUMN.timeMs] ?? 0) > timeMs)) this.values[COLUMN.timeMs] = timeMs;
    this.values[COLUMN.receivedMs] = receivedMs;
  }
}

function concerns(event: TradeCorrection | TradeCancel, trade: Trade): boolean {
  return event.originalId === trade.id && event.exchange === trade.exchange;
}

/** What claims to come from tomorrow must not stand until then. */
function isCredible(event: Trade | Quote): boolean {
  return event.timeMs === credibleTimeMs(event);
}
