import type { Bar, Instrument, TradingStatus } from '../../market/index.ts';
import { FlashCrashes } from './flash-crash.ts';
import { drawMinute, MinuteTape } from './minute-tape.ts';
import type { MockOptions } from './mock-options.ts';
import { PriceModels } from './price-model.ts';
import { hashText } from './seeded-random.ts';
import { SymbolDay, type SymbolTraits, traitsOf } from './symbol-day.ts';
import { MINUTE_MS, type MockDay, TradingHours } from './trading-hours.ts';
import { instrumentOf, type Listing, readUniverse } from './universe.ts';

/**
 * The market behind the mock feed: everything it answers is a function of seed, symbol and time, so that history, live
 * trades and the bars of both are one record, whoever asks first.
 */
export class MockExchange {
  readonly hours: TradingHours;
  readonly instruments: readonly Instrument[];
  readonly #seed: number;
  readonly #marketKey: number;
  readonly #crashes: FlashCrashes;
  readonly #models: PriceModels;
  readonly #listings: ReadonlyMap<string, Listing>;
  readonly #traits = new Map<string, SymbolTraits>();
  readonly #latestDays = new Map<string, SymbolDay>();
  readonly #scratch = new MinuteTape();

  constructor(options: Pick<MockOptions, 'seed' | 'session' | 'faults'>) {
    const universe = readUniverse();
    this.hours = new TradingHours(options.session);
    this.instruments = universe.map((listing) => instrumentOf(listing, this.hours.calendar));
    this.#seed = options.seed;
    this.#marketKey = hashText(options.seed, 'activity');
    this.#crashes = new FlashCrashes(options.seed, options.faults['flash-crash'] ?? 0);
    this.#models = new PriceModels(options.seed);
    this.#listings = new Map(universe.map((listing) => [listing.symbol, listing]));
  }

  isListed(symbol: string): boolean {
    return this.#listings.has(symbol);
  }

  /** Throws for a symbol that is not listed. */
  traitsOf(symbol: string): SymbolTraits {
    let traits = this.#traits.get(symbol);
    if (traits === undefined) {
      const listing = this.#listings.get(symbol);
      if (listing === undefined) throw new Error(`${symbol} is not listed on the mock market`);
      traits = traitsOf(listing, this.#models.modelOf(listing), this.hours, this.#seed);
      this.#traits.set(symbol, traits);
    }
    return traits;
  }

  symbolDay(symbol: string, day: MockDay): SymbolDay {
    const latest = this.#latestDays.get(symbol);
    if (latest?.day === day) return latest;
    const symbolDay = new SymbolDay(this.traitsOf(symbol), day, this.#marketKey);
    this.#latestDays.set(symbol, symbolDay);
    return symbolDay;
  }

  /** Fills `tape` with the trades of the minute; a flash crash, where that fault is on, is part of the live tape only. */
  drawTape(symbolDay: SymbolDay, symbol: string, minute: number, isLive: boolean, tape: MinuteTape): void {
    const traits = this.traitsOf(symbol);
    const minuteMs = symbolDay.day.firstMs + minute * MINUTE_MS;
    drawMinute(
      {
        symbolDay,
        minute,
        symbolKey: traits.key,
        dailyDeviation: traits.model.dailyDeviation,
        spreadShare: traits.spreadShare,
        shockAt: isLive ? this.#crashes.shockIn(minuteMs, traits.key) : null,
      },
      tape,
    );
  }

  /** Bars of the minutes that start in `[fromMs, toMs)` and in which the symbol traded. */
  minuteBars(symbol: string, fromMs: number, toMs: number, receivedMs: number): readonly Bar[] {
    const bars: Bar[] = [];
    for (const day of this.hours.days(fromMs, toMs)) {
      const first = Math.max(0, Math.ceil((fromMs - day.firstMs) / MINUTE_MS));
      const end = Math.min(day.minuteCount, Math.ceil((toMs - day.firstMs) / MINUTE_MS));
      if (first >= end) continue;
      const symbolDay = this.symbolDay(symbol, day);
      for (let minute = first; minute < end; minute++) {
        this.drawTape(symbolDay, symbol, minute, false, this.#scratch);
        const bar = barOfTape(symbol, day.firstMs + minute * MINUTE_MS, this.#scratch, receivedMs);
        if (bar !== null) bars.push(bar);
      }
    }
    return bars;
  }

  /** The bar of one day; null when it has no regular trade. */
  dayBar(symbol: string, day: MockDay, receivedMs: number): Bar | null {
    const symbolDay = this.symbolDay(symbol, day);
    const { prices, tradeCount } = symbolDay;
    if (prices === null) return null;
    return {
      type: 'bar',
      symbol,
      timeMs: day.startMs,
      nanosOfMs: 0,
      source: 'mock',
      provider: 'mock',
      receivedMs,
      interval: '1d',
      open: prices.openCents / 100,
      high: prices.highCents / 100,
      low: prices.lowCents / 100,
      close: prices.closeCents / 100,
      volume: symbolDay.volumeOf(tradeCount),
      // Known only to those who draw every trade of the day.
      vwap: null,
      tradeCount,
      isUpdate: false,
    };
  }

  /** The latest halt or resumption of the symbol's day up to and including minute `minute`; null before any. */
  statusAt(symbol: string, symbolDay: SymbolDay, minute: number, receivedMs: number): TradingStatus | null {
    const { halt, day } = symbolDay;
    if (halt === null || minute < halt.fromMinute) return null;
    const isHalted = minute < halt.toMinute;
    return {
      type: 'status',
      symbol,
      timeMs: day.firstMs + (isHalted ? halt.fromMinute : halt.toMinute) * MINUTE_MS,
      nanosOfMs: 0,
      source: 'mock',
      provider: 'mock',
      receivedMs,
      phase: isHalted ? 'halted' : 'trading',
      statusCode: isHalted ? 'H' : 'T',
      reasonCode: isHalted ? 'LUDP' : 'R',
      reason: isHalted ? 'Volatility trading pause' : 'Trading resumed',
    };
  }
}

/** The bar of a minute from its trades; null without a trade. Odd lots count for volume only. */
export function barOfTape(symbol: string, minuteMs: number, tape: MinuteTape, receivedMs: number): Bar | null {
  const { count, cents, sizes, isOddLot } = tape;
  if (count === 0) return null;
  let high = 0;
  let low = cents[0]!;
  let volume = 0;
  let turnover = 0;
  for (let index = 0; index < count; index++) {
    const price = cents[index]!;
    const size = sizes[index]!;
    volume += size;
    turnover += price * size;
    if (isOddLot[index] === 1) continue;
    if (price > high) high = price;
    if (price < low) low = price;
  }
  return {
    type: 'bar',
    symbol,
    timeMs: minuteMs,
    nanosOfMs: 0,
    source: 'mock',
    provider: 'mock',
    receivedMs,
    interval: '1m',
    // The first and the last trade of a minute are never odd lots.
    open: cents[0]! / 100,
    high: high / 100,
    low: low / 100,
    close: cents[count - 1]! / 100,
    volume,
    vwap: turnover / volume / 100,
    tradeCount: count,
    isUpdate: false,
  };
}
