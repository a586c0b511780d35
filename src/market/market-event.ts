/** Where an event came from; candles built from trades inherit it. */
export type EventSource = 'live' | 'backfill' | 'replay' | 'mock';

/** Exchange time is kept to the nanosecond in two exact integers: `timeMs` and the rest below it. */
interface EventBase {
  readonly symbol: string;
  /** Exchange time, whole epoch milliseconds. */
  readonly timeMs: number;
  /** Nanoseconds after `timeMs`, 0 to 999,999. */
  readonly nanosOfMs: number;
  readonly source: EventSource;
  /** Whose sale-condition codes these are, and whose delay: `alpaca`, `alpaca-delayed`, `mock`, `replay`, ... */
  readonly provider: string;
  /** When this program first saw it, epoch milliseconds. */
  readonly receivedMs: number;
}

export interface Trade extends EventBase {
  readonly type: 'trade';
  readonly price: number;
  readonly size: number;
  /** Unique per symbol and exchange; where the provider gives none, see `tradeIdOf`. */
  readonly id: string;
  readonly exchange: string;
  readonly tape: string;
  readonly conditions: readonly string[];
  /** Order within one exchange-time instant, where the provider numbers its messages. */
  readonly sequence: number | null;
}

export interface TradeCorrection extends EventBase {
  readonly type: 'correction';
  readonly exchange: string;
  readonly tape: string;
  /** The id of the trade that is replaced. */
  readonly originalId: string;
  /** The id that the corrected print carries from now on. */
  readonly id: string;
  readonly price: number;
  readonly size: number;
  readonly conditions: readonly string[];
}

export interface TradeCancel extends EventBase {
  readonly type: 'cancel';
  readonly exchange: string;
  readonly tape: string;
  readonly originalId: string;
}

export interface Quote extends EventBase {
  readonly type: 'quote';
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
  readonly exchange: string;
  readonly conditions: readonly string[];
}

/** A finished or running aggregate as the provider delivers it; never one of ours. */
export interface Bar extends EventBase {
  readonly type: 'bar';
  readonly interval: '1m' | '1d';
  /** `timeMs` is the start of the bar. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly vwap: number | null;
  readonly tradeCount: number;
  /** True when it replaces a bar already sent (Alpaca's `updatedBars`). */
  readonly isUpdate: boolean;
}

export type TradingPhase = 'trading' | 'halted' | 'quoting';

export interface TradingStatus extends EventBase {
  readonly type: 'status';
  readonly phase: TradingPhase;
  /** The provider's status and reason codes and their text, shown as they are. */
  readonly statusCode: string;
  readonly reasonCode: string;
  readonly reason: string;
}

/** What travels on the trades topic. */
export type TradeEvent = Trade | TradeCorrection | TradeCancel;
export type MarketEvent = TradeEvent | Quote | Bar | TradingStatus;

/** The total order of prints: exchange time, then sequence; the bus position breaks what is left. */
export function compareTradeTime(
  a: Pick<Trade, 'timeMs' | 'nanosOfMs' | 'sequence'>,
  b: Pick<Trade, 'timeMs' | 'nanosOfMs' | 'sequence'>,
): number {
  return a.timeMs - b.timeMs || a.nanosOfMs - b.nanosOfMs || (a.sequence ?? 0) - (b.sequence ?? 0);
}
