import { type CandleColumns, candleRowLength } from '../contract/index.ts';
import { type Instrument, type Interval, INTERVAL_MS } from '../market/index.ts';

const REAL_TICKERS: readonly (readonly [string, string, string])[] = [
  ['AAPL', 'Apple Inc.', 'Technology'],
  ['MSFT', 'Microsoft Corporation', 'Technology'],
  ['NVDA', 'NVIDIA Corporation', 'Technology'],
  ['AMZN', 'Amazon.com, Inc.', 'Consumer Discretionary'],
  ['GOOGL', 'Alphabet Inc. Class A', 'Communication Services'],
  ['META', 'Meta Platforms, Inc.', 'Communication Services'],
  ['BRK.B', 'Berkshire Hathaway Inc. Class B', 'Financials'],
  ['JPM', 'JPMorgan Chase & Co.', 'Financials'],
  ['XOM', 'Exxon Mobil Corporation', 'Energy'],
  ['UNH', 'UnitedHealth Group Incorporated', 'Health Care'],
  ['JNJ', 'Johnson & Johnson', 'Health Care'],
  ['PG', 'The Procter & Gamble Company', 'Consumer Staples'],
];

/** The same numbers for the same seed: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface FixtureQuote {
  readonly symbol: string;
  last: number;
  lastSize: number;
  bid: number;
  ask: number;
  open: number;
  high: number;
  low: number;
  previousClose: number;
  volume: number;
  timeMs: number;
}

interface FixtureCandle {
  openTimeMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  revision: number;
}

/** How many candles of history every symbol has at every interval. */
const HISTORY = 3_000;

/** A seeded random walk for tests of the UI: plausible to look at, without the rules of a market. */
export class UiFixtureMarket {
  readonly instruments: readonly Instrument[];
  readonly quotes = new Map<string, FixtureQuote>();
  private readonly random: () => number;
  private readonly seed: number;
  private readonly histories = new Map<string, Map<Interval, FixtureCandle[]>>();

  constructor(symbolCount: number, seed: number, nowMs: number) {
    this.random = seededRandom(seed);
    this.seed = seed;
    this.instruments = Array.from({ length: symbolCount }, (_, index) => instrumentAt(index));
    for (const { symbol } of this.instruments) {
      const previousClose = 20 + this.random() * 480;
      const last = previousClose * (1 + (this.random() - 0.5) * 0.04);
      this.quotes.set(symbol, {
        symbol,
        last,
        lastSize: 100,
        bid: last - 0.01,
        ask: last + 0.01,
        open: previousClose,
        high: Math.max(last, previousClose),
        low: Math.min(last, previousClose),
        previousClose,
        volume: Math.round(this.random() * 4e7),
        timeMs: nowMs,
      });
    }
  }

  /** One trade of one symbol. */
  tick(symbol: string, nowMs: number): void {
    const quote = this.quotes.get(symbol);
    if (quote === undefined) return;
    quote.last = Math.max(0.5, quote.last * (1 + (this.random() - 0.5) * 0.0009));
    const halfSpread = 0.01 + this.random() * 0.02;
    quote.bid = quote.last - halfSpread;
    quote.ask = quote.last + halfSpread;
    quote.lastSize = Math.ceil(this.random() * 4) * 100;
    quote.high = Math.max(quote.high, quote.last);
    quote.low = Math.min(quote.low, quote.last);
    quote.volume += quote.lastSize;
    quote.timeMs = nowMs;
    for (const [interval, candles] of this.histories.get(symbol) ?? []) {
      fold(candles, quote, INTERVAL_MS[interval], nowMs);
    }
  }

  range(
    symbol: string,
    interval: Interval,
    beforeMs: number | null,
    limit: number,
    indicators: readonly string[],
    nowMs: number,
  ): CandleColumns {
    const all = this.historyOf(symbol, interval, nowMs);
    const end =
      beforeMs === null
        ? all.length
        : Math.max(
            0,
            all.findIndex((candle) => candle.openTimeMs >= beforeMs),
          );
    const start = Math.max(0, end - limit);
    const candles = all.slice(start, end);
    const columns = indicators.map((key) => [key, indicatorColumn(all, key).slice(start, end)] as const);
    return {
      symbol,
      interval,
      // Ten candles in view, as if the connection had been away.
      backfilledMs: all.slice(-40, -30).map(({ openTimeMs }) => openTimeMs),
      openTimeMs: candles.map(({ openTimeMs }) => openTimeMs),
      open: candles.map(({ open }) => open),
      high: candles.map(({ high }) => high),
      low: candles.map(({ low }) => low),
      close: candles.map(({ close }) => close),
      volume: candles.map(({ volume }) => volume),
      revision: candles.map(({ revision }) => revision),
      indicators: Object.fromEntries(columns),
      hasMore: start > 0,
    };
  }

  /** The latest two candles as the rows of a chart update. */
  latestRows(symbol: string, interval: Interval, indicators: readonly string[], nowMs: number): Float64Array {
    const all = this.historyOf(symbol, interval, nowMs);
    const recent = all.slice(-400);
    const columns = indicators.map((key) => indicatorColumn(recent, key));
    const rowLength = candleRowLength(indicators.length);
    const rows = new Float64Array(2 * rowLength);
    for (const [row, index] of [recent.length - 2, recent.length - 1].entries()) {
      const candle = recent[index];
      if (candle === undefined) continue;
      const { openTimeMs, open, high, low, close, volume, revision } = candle;
      const isClosed = index < recent.length - 1 ? 1 : 0;
      rows.set([openTimeMs, open, high, low, close, volume, revision, isClosed], row * rowLength);
      for (const [at, column] of columns.entries()) rows[row * rowLength + 8 + at] = column[index] ?? Number.NaN;
    }
    return rows;
  }

  private historyOf(symbol: string, interval: Interval, nowMs: number): FixtureCandle[] {
    const known = this.histories.get(symbol)?.get(interval);
    if (known !== undefined) return known;
    const lengthMs = INTERVAL_MS[interval];
    const random = seededRandom(this.seed + symbol.length * 7919 + symbol.charCodeAt(0) * 104_729);
    const volatility = 0.0012 * Math.sqrt(lengthMs / 60_000);
    const candles: FixtureCandle[] = [];
    let close = this.quotes.get(symbol)?.last ?? 100;
    let openTimeMs = Math.floor(nowMs / lengthMs) * lengthMs;
    // Built backwards, so that it ends at the price the quotes have.
    for (let count = 0; count < HISTORY; count++) {
      const open = Math.max(0.5, close * (1 + (random() - 0.5) * 2 * volatility));
      const high = Math.max(open, close) * (1 + random() * volatility * 0.7);
      const low = Math.min(open, close) * (1 - random() * volatility * 0.7);
      const volume = Math.round(800 + random() ** 3 * 24_000);
      candles.push({ openTimeMs, open, high, low, close, volume, revision: 1 });
      openTimeMs -= lengthMs;
      close = open;
    }
    candles.reverse();
    const ofSymbol = this.histories.get(symbol) ?? new Map<Interval, FixtureCandle[]>();
    this.histories.set(symbol, ofSymbol.set(interval, candles));
    return candles;
  }
}

function instrumentAt(index: number): Instrument {
  const real = REAL_TICKERS[index];
  const letters = (count: number) => String.fromCharCode(65 + (count % 26));
  const symbol = real?.[0] ?? `Z${letters(index)}${letters(Math.floor(index / 26))}${letters(index * 7)}`;
  return {
    symbol,
    name: real?.[1] ?? `Fixture Company ${index}`,
    sector: real?.[2] ?? 'Industrials',
    industry: 'Testing',
    exchange: index % 3 === 0 ? 'NYSE' : 'NASDAQ',
    calendar: 'always-open',
    priceDecimals: 2,
  };
}

function fold(candles: FixtureCandle[], quote: FixtureQuote, lengthMs: number, nowMs: number): void {
  const openTimeMs = Math.floor(nowMs / lengthMs) * lengthMs;
  const last = candles.at(-1);
  if (last === undefined || last.openTimeMs < openTimeMs) {
    const { last: price, lastSize } = quote;
    candles.push({ openTimeMs, open: price, high: price, low: price, close: price, volume: lastSize, revision: 1 });
    return;
  }
  last.high = Math.max(last.high, quote.last);
  last.low = Math.min(last.low, quote.last);
  last.close = quote.last;
  last.volume += quote.lastSize;
  last.revision++;
}

/** Rough but recognisable: exact indicators are tested where they are computed. */
function indicatorColumn(candles: readonly FixtureCandle[], key: string): (number | null)[] {
  const closes = candles.map(({ close }) => close);
  const numbers = (key.match(/\d+/g) ?? []).map(Number);
  const [first = 20, second = 26, third = 9] = numbers;
  if (key.startsWith('sma')) return average(closes, first);
  if (key.startsWith('ema')) return exponential(closes, first);
  if (key.startsWith('bollinger')) {
    const middle = average(closes, first);
    const side = key.endsWith('.upper') ? 2 : key.endsWith('.lower') ? -2 : 0;
    return middle.map((value, index) => {
      if (value === null) return null;
      const window = closes.slice(index - first + 1, index + 1);
      const variance = window.reduce((sum, close) => sum + (close - value) ** 2, 0) / first;
      return value + side * Math.sqrt(variance);
    });
  }
  if (key.startsWith('volatility')) {
    const middle = average(closes, first);
    return closes.map((close, index) => (middle[index] === null ? null : Math.abs(close / (middle[index] ?? 1) - 1)));
  }
  if (key.startsWith('rsi')) {
    return closes.map((_, index) => {
      if (index < first) return null;
      let gain = 0;
      let loss = 0;
      for (let at = index - first + 1; at <= index; at++) {
        const change = (closes[at] ?? 0) - (closes[at - 1] ?? 0);
        if (change > 0) gain += change;
        else loss -= change;
      }
      return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
    });
  }
  if (key.startsWith('macd')) {
    const fast = exponential(closes, first);
    const slow = exponential(closes, second);
    const macd = fast.map((value, index) => (value ?? 0) - (slow[index] ?? 0));
    const signal = exponential(macd, third);
    if (key.endsWith('.signal')) return signal;
    return key.endsWith('.histogram') ? macd.map((value, index) => value - (signal[index] ?? 0)) : macd;
  }
  return closes.map(() => null);
}

function average(values: readonly number[], period: number): (number | null)[] {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (index >= period ? (values[index - period] ?? 0) : 0);
    return index >= period - 1 ? sum / period : null;
  });
}

function exponential(values: readonly number[], period: number): (number | null)[] {
  let mean = values[0] ?? 0;
  return values.map((value, index) => {
    mean += (value - mean) * (2 / (period + 1));
    return index >= period - 1 ? mean : null;
  });
}
