import type { Trade, TradeEvent } from '../market/index.ts';

export interface TradeStreamOptions {
  readonly seed: number;
  readonly symbols: readonly string[];
  readonly startMs: number;
  readonly minutes: number;
  /** Per symbol and minute, on average. */
  readonly tradesPerMinute: number;
  /** Shares of trades, 0 to 1; none unless told. */
  readonly repeated?: number;
  readonly late?: number;
  readonly corrected?: number;
  readonly cancelled?: number;
  /** How much later than its place a late trade arrives. */
  readonly lateByMs?: number;
}

const MINUTE_MS = 60_000;

/** A seeded stream of prints in order of arrival: late ones, repeats, corrections and cancels among them. */
export function tradeStream(options: TradeStreamOptions): readonly TradeEvent[] {
  const { repeated = 0, late = 0, corrected = 0, cancelled = 0, lateByMs = 0 } = options;
  const random = mulberry32(options.seed);
  const arrivals: { readonly atMs: number; readonly event: TradeEvent }[] = [];
  const put = (atMs: number, event: TradeEvent): void => void arrivals.push({ atMs, event });
  for (const symbol of options.symbols) {
    let cents = 5_000 + Math.floor(random() * 20_000);
    for (let index = 0; index < options.minutes * options.tradesPerMinute; index++) {
      const timeMs = options.startMs + Math.floor(random() * options.minutes * MINUTE_MS);
      cents = Math.max(100, cents + Math.floor(random() * 21) - 10);
      const trade = print(symbol, index, timeMs, cents / 100, 1 + Math.floor(random() * 400));
      const arrivalMs = random() < late ? timeMs + lateByMs : timeMs + random() * 50;
      put(arrivalMs, trade);
      if (random() < repeated) put(arrivalMs + random() * 5_000, trade);
      const amendmentMs = arrivalMs + 100 + random() * 20_000;
      if (random() < corrected) put(amendmentMs, correctionOf(trade, cents / 100 + 0.5, trade.size + 1));
      else if (random() < cancelled) put(amendmentMs, cancelOf(trade));
    }
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs).map((arrival) => arrival.event);
}

function print(symbol: string, index: number, timeMs: number, price: number, size: number): Trade {
  return {
    type: 'trade',
    symbol,
    timeMs,
    nanosOfMs: index % 1_000,
    source: 'replay',
    provider: 'replay',
    receivedMs: timeMs,
    price,
    size,
    id: `${symbol}-${String(index)}`,
    exchange: 'V',
    tape: 'A',
    conditions: [],
    sequence: index + 1,
  };
}

function correctionOf(trade: Trade, price: number, size: number): TradeEvent {
  const { symbol, timeMs, nanosOfMs, source, provider, receivedMs, exchange, tape, conditions } = trade;
  const event = { symbol, timeMs, nanosOfMs, source, provider, receivedMs, exchange, tape, conditions };
  return { ...event, type: 'correction', originalId: trade.id, id: `${trade.id}-c`, price, size };
}

function cancelOf(trade: Trade): TradeEvent {
  const { symbol, timeMs, nanosOfMs, source, provider, receivedMs, exchange, tape } = trade;
  return {
    symbol,
    timeMs,
    nanosOfMs,
    source,
    provider,
    receivedMs,
    exchange,
    tape,
    type: 'cancel',
    originalId: trade.id,
  };
}

/** Mulberry32 by Tommy Ettinger (public domain): 32 bits of state, enough for test data. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
