import { formatTimestamp, sessionCalendar } from '../../market/index.ts';
import type { StandInMessage } from './stand-in-wire.ts';

export interface StandInAsset {
  readonly symbol: string;
  readonly name: string;
  readonly exchange: string;
  /** False for a listed symbol that never trades: it is missing from every map. */
  readonly hasData: boolean;
}

export interface WireBar extends Readonly<Record<string, unknown>> {
  readonly t: string;
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly v: number;
  readonly n: number;
  readonly vw: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SAMPLE_MS = 10_000;
/** Share of minutes that trade at all, in and out of the regular session. */
const REGULAR_SHARE = 0.97;
const EXTENDED_SHARE = 0.4;

export const DEFAULT_ASSETS: readonly StandInAsset[] = [
  ['AAPL', 'Apple Inc. Common Stock', 'NASDAQ'],
  ['AMD', 'Advanced Micro Devices, Inc. Common Stock', 'NASDAQ'],
  ['AMZN', 'Amazon.com, Inc. Common Stock', 'NASDAQ'],
  ['BRK.B', 'Berkshire Hathaway Inc. Class B', 'NYSE'],
  ['GOOGL', 'Alphabet Inc. Class A Common Stock', 'NASDAQ'],
  ['IBM', 'International Business Machines Corporation', 'NYSE'],
  ['META', 'Meta Platforms, Inc. Class A Common Stock', 'NASDAQ'],
  ['MSFT', 'Microsoft Corporation Common Stock', 'NASDAQ'],
  ['NVDA', 'NVIDIA Corporation Common Stock', 'NASDAQ'],
  ['SPY', 'SPDR S&P 500 ETF Trust', 'ARCA'],
  ['TSLA', 'Tesla, Inc. Common Stock', 'NASDAQ'],
].map(([symbol = '', name = '', exchange = '']) => ({ symbol, name, exchange, hasData: true }));

/**
 * Invented prices as a pure function of seed, symbol and time, so that stream and history agree however they are asked.
 * Minutes are missing at random, more of them outside the regular session, and all of them when the market is closed.
 */
export class StandInMarket {
  readonly #seed: number;
  readonly #assets: Map<string, StandInAsset>;
  readonly #dailyBars = new Map<string, WireBar | null>();

  constructor(seed: number, assets: readonly StandInAsset[]) {
    this.#seed = seed;
    this.#assets = new Map(assets.map((asset) => [asset.symbol, asset]));
  }

  get assets(): readonly StandInAsset[] {
    return [...this.#assets.values()];
  }

  /** From now on it can be traded. */
  list(asset: StandInAsset): void {
    this.#assets.set(asset.symbol, asset);
  }

  hasData(symbol: string): boolean {
    return this.#assets.get(symbol)?.hasData ?? symbol === 'FAKEPACA';
  }

  priceAt(symbol: string, timeMs: number): number {
    const base = 20 + this.#noise(symbol, 0) * 400;
    const days = timeMs / DAY_MS;
    let drift = 0;
    for (const [index, perDay] of [0.004, 0.05, 1.7, 23, 411].entries()) {
      const phase = this.#noise(symbol, index + 1) * 2 * Math.PI;
      drift += (Math.sin(days * perDay * 2 * Math.PI + phase) * 0.2) / (index + 1) ** 2;
    }
    return Math.round(base * Math.exp(drift) * 100) / 100;
  }

  minuteBar(symbol: string, startMs: number): WireBar | null {
    const phase = sessionCalendar('us-equities').phaseAt(startMs);
    if (!this.hasData(symbol) || phase === 'closed') return null;
    const share = phase === 'open' ? REGULAR_SHARE : EXTENDED_SHARE;
    return this.#noise(symbol, startMs) < share ? this.#bar(symbol, startMs) : null;
  }

  /** The regular session of the day that `timeMs` lies in, from its minute bars. */
  dailyBar(symbol: string, timeMs: number): WireBar | null {
    const day = sessionCalendar('us-equities').tradingDay(timeMs);
    if (day === null) return null;
    const key = `${symbol} ${day.date}`;
    const known = this.#dailyBars.get(key);
    if (known !== undefined) return known;
    const minutes: WireBar[] = [];
    for (let startMs = day.openMs; startMs < day.closeMs; startMs += MINUTE_MS) {
      const bar = this.minuteBar(symbol, startMs);
      if (bar !== null) minutes.push(bar);
    }
    const bar = mergeBars(minutes, day.startMs);
    this.#dailyBars.set(key, bar);
    return bar;
  }

  /** Bars that start in `[fromMs, lastMs]`, ascending. */
  *bars(symbol: string, timeframe: '1Min' | '1Day', fromMs: number, lastMs: number): Generator<WireBar> {
    const days = sessionCalendar('us-equities').days(fromMs, lastMs + 1);
    for (const day of days) {
      if (timeframe === '1Day') {
        const bar = day.startMs >= fromMs && day.startMs <= lastMs ? this.dailyBar(symbol, day.startMs) : null;
        if (bar !== null) yield bar;
        continue;
      }
      const firstMs = Math.max(day.preOpenMs, Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS);
      for (let startMs = firstMs; startMs < day.postCloseMs && startMs <= lastMs; startMs += MINUTE_MS) {
        const bar = this.minuteBar(symbol, startMs);
        if (bar !== null) yield bar;
      }
    }
  }

  /** One print for each ten seconds of a traded minute, without `S` and `T`. */
  *trades(symbol: string, fromMs: number, lastMs: number): Generator<Readonly<Record<string, unknown>>> {
    for (let startMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS; startMs <= lastMs; startMs += MINUTE_MS) {
      if (this.minuteBar(symbol, startMs) === null) continue;
      for (let timeMs = startMs; timeMs < startMs + MINUTE_MS; timeMs += SAMPLE_MS) {
        if (timeMs >= fromMs && timeMs <= lastMs) yield this.tradeAt(symbol, timeMs);
      }
    }
  }

  tradeAt(symbol: string, timeMs: number): Readonly<Record<string, unknown>> {
    return {
      t: wireTime(timeMs),
      x: 'V',
      p: this.priceAt(symbol, timeMs),
      s: 1 + Math.floor(this.#noise(symbol, timeMs) * 300),
      c: ['@'],
      i: 50_000_000_000_000 + Math.floor(timeMs % 1e13),
      z: 'C',
    };
  }

  quoteAt(symbol: string, timeMs: number): Readonly<Record<string, unknown>> {
    const price = this.priceAt(symbol, timeMs);
    const cents = (value: number): number => Math.round(value * 100) / 100;
    return {
      t: wireTime(timeMs),
      ax: 'V',
      ap: cents(price + 0.01),
      as: 100 + Math.floor(this.#noise(symbol, timeMs + 1) * 900),
      bx: 'V',
      bp: cents(price - 0.01),
      bs: 100 + Math.floor(this.#noise(symbol, timeMs + 2) * 900),
      c: ['R'],
      z: 'C',
    };
  }

  /** What the stream says about one symbol at this instant. */
  liveMessages(symbol: string, timeMs: number): readonly StandInMessage[] {
    const { t, x, p, s, c, i, z } = this.tradeAt(symbol, timeMs);
    return [
      { T: 't', S: symbol, i, x, p, s, c, t, z },
      { T: 'q', S: symbol, ...this.quoteAt(symbol, timeMs) },
    ];
  }

  #bar(symbol: string, startMs: number): WireBar {
    const prices: number[] = [];
    for (let timeMs = startMs; timeMs < startMs + MINUTE_MS; timeMs += SAMPLE_MS) {
      prices.push(this.priceAt(symbol, timeMs));
    }
    const trades = 1 + Math.floor(this.#noise(symbol, startMs + 1) * 80);
    return {
      t: wireTime(startMs),
      o: prices[0] ?? 0,
      h: Math.max(...prices),
      l: Math.min(...prices),
      c: prices.at(-1) ?? 0,
      v: trades * 100,
      n: trades,
      vw: Math.round((prices.reduce((sum, price) => sum + price, 0) / prices.length) * 1e6) / 1e6,
    };
  }

  /** Uniform in [0, 1) for a symbol and a number (32-bit FNV-1a, finished as in MurmurHash3). */
  #noise(symbol: string, salt: number): number {
    let hash = 0x811c9dc5 ^ this.#seed;
    for (const character of `${symbol}|${salt}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  }
}

/** As Alpaca writes times: zeros at the end of the fraction dropped, the fraction too when it is nothing. */
function wireTime(timeMs: number, nanosOfMs = 0): string {
  return formatTimestamp(timeMs, nanosOfMs).replace(/\.?0+Z$/, 'Z');
}

function mergeBars(bars: readonly WireBar[], startMs: number): WireBar | null {
  const first = bars[0];
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return null;
  const volume = bars.reduce((sum, bar) => sum + bar.v, 0);
  return {
    t: wireTime(startMs),
    o: first.o,
    h: Math.max(...bars.map((bar) => bar.h)),
    l: Math.min(...bars.map((bar) => bar.l)),
    c: last.c,
    v: volume,
    n: bars.reduce((sum, bar) => sum + bar.n, 0),
    vw: bars.reduce((sum, bar) => sum + bar.vw * bar.v, 0) / volume,
  };
}
