import { compareTradeTime, type Interval, INTERVAL_MS, type Trade, type TradeEvent } from '../market/index.ts';

export interface NaiveCandle {
  readonly symbol: string;
  readonly openTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly tradeCount: number;
}

/**
 * Candles of one intraday interval from all events at once: repeats dropped, amendments applied, prints sorted, buckets
 * folded. Shares no code with the builder that it checks. For prints without sale conditions.
 */
export function naiveCandles(events: readonly TradeEvent[], interval: Exclude<Interval, '1d'>): readonly NaiveCandle[] {
  const buckets = new Map<string, Trade[]>();
  for (const trade of finalPrints(events)) {
    const openTimeMs = trade.timeMs - (trade.timeMs % INTERVAL_MS[interval]);
    const key = `${trade.symbol} ${String(openTimeMs)}`;
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [trade]);
    else bucket.push(trade);
  }
  return [...buckets].map(([key, trades]) => fold(Number(key.split(' ')[1]), trades)).sort(compareCandles);
}

export function compareCandles(
  a: Pick<NaiveCandle, 'symbol' | 'openTimeMs'>,
  b: Pick<NaiveCandle, 'symbol' | 'openTimeMs'>,
): number {
  return a.symbol === b.symbol ? a.openTimeMs - b.openTimeMs : a.symbol < b.symbol ? -1 : 1;
}

function finalPrints(events: readonly TradeEvent[]): readonly Trade[] {
  const prints = new Map<string, Trade>();
  const amendments: TradeEvent[] = [];
  for (const event of events) {
    const key = `${event.symbol} ${event.type === 'trade' ? event.id : ''}`;
    if (event.type !== 'trade') amendments.push(event);
    else if (!prints.has(key)) prints.set(key, event);
  }
  for (const event of amendments) {
    if (event.type === 'trade') continue;
    const key = `${event.symbol} ${event.originalId}`;
    const original = prints.get(key);
    if (original === undefined) continue;
    if (event.type === 'cancel') prints.delete(key);
    else prints.set(key, { ...original, price: event.price, size: event.size });
  }
  return [...prints.values()].sort(compareTradeTime);
}

function fold(openTimeMs: number, trades: readonly Trade[]): NaiveCandle {
  const prices = trades.map((trade) => trade.price);
  return {
    symbol: trades[0]?.symbol ?? '',
    openTimeMs,
    open: prices[0] ?? Number.NaN,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1) ?? Number.NaN,
    volume: trades.reduce((sum, trade) => sum + trade.size, 0),
    tradeCount: trades.length,
  };
}
