import type { MarketEvent, Quote, Trade } from '../../market/index.ts';
import { AT_ASK, AT_BID, MinuteTape } from './minute-tape.ts';
import { barOfTape, type MockExchange } from './mock-exchange.ts';
import { hash32 } from './seeded-random.ts';
import type { SymbolDay } from './symbol-day.ts';
import { MINUTE_MS, type MockDay } from './trading-hours.ts';
import type { ListingExchange } from './universe.ts';

/** An event and the market time at which the feed would deliver it, epoch milliseconds with a fraction. */
export interface Delivery {
  readonly atMs: number;
  readonly event: MarketEvent;
}

/** Steps around each trade: a quote that it hits, the trade, and up to two refreshed quotes. */
const STEPS = 4;
const TRADE_STEP = 1;
const QUOTE_OFFSETS = [-0.25, 0, 0.25, 0.5];
const REFRESH_CHANCE_PERCENT = 70;
const VENUES = ['Q', 'N', 'P', 'Z', 'K', 'D'];
const REGULAR: readonly string[] = [];
const ODD_LOT: readonly string[] = ['I'];
const EXTENDED: readonly string[] = ['T'];
const EXTENDED_ODD_LOT: readonly string[] = ['T', 'I'];

/** Reads the live tape of one symbol forward: trades, quotes, halts, and the bar of each finished minute. */
export class TapeReader {
  readonly symbol: string;
  readonly #exchange: MockExchange;
  readonly #key: number;
  readonly #listingExchange: ListingExchange;
  readonly #tapeCode: string;
  readonly #tape = new MinuteTape();
  #symbolDay: SymbolDay | null = null;
  /** Start of the minute in hand; it is drawn when `#symbolDay` is not null. */
  #minuteMs: number;
  #step = 0;
  /** The day of a halt that was told, until its end is told; null while the symbol is known to trade. */
  #haltedDay: SymbolDay | null = null;

  /** Starts with the minute that holds `fromMs`, from its beginning, so that its first candle is whole. */
  constructor(exchange: MockExchange, symbol: string, fromMs: number) {
    const { key, listing } = exchange.traitsOf(symbol);
    this.symbol = symbol;
    this.#exchange = exchange;
    this.#key = key;
    this.#listingExchange = listing.exchangeCode;
    this.#tapeCode = listing.tape;
    this.#minuteMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
  }

  /** Appends what happens before `toMs`, in order of time. */
  readUntil(toMs: number, receivedMs: number, deliveries: Delivery[]): void {
    while (this.#minuteMs < toMs) {
      const day = this.#symbolDay?.day ?? this.#openMinute(receivedMs, deliveries);
      const endMs = this.#minuteMs + MINUTE_MS;
      if (day !== null) this.#readMinute(Math.min(toMs, endMs), receivedMs, deliveries);
      if (toMs < endMs) return;
      const bar = day === null ? null : barOfTape(this.symbol, this.#minuteMs, this.#tape, receivedMs);
      // Exactly at the end, so that it follows every trade of its minute and precedes the next one's.
      if (bar !== null) deliveries.push({ atMs: endMs, event: bar });
      this.#symbolDay = null;
      this.#minuteMs = endMs;
      this.#step = 0;
    }
  }

  /** Jumps to the minute that holds `fromMs`: what lies between was not received. */
  skipTo(fromMs: number): void {
    const minuteMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
    if (minuteMs <= this.#minuteMs) return;
    this.#minuteMs = minuteMs;
    this.#symbolDay = null;
    this.#step = 0;
  }

  #openMinute(receivedMs: number, deliveries: Delivery[]): MockDay | null {
    const day = this.#exchange.hours.dayAt(this.#minuteMs);
    if (day === null) return null;
    const minute = Math.round((this.#minuteMs - day.firstMs) / MINUTE_MS);
    this.#symbolDay = this.#exchange.symbolDay(this.symbol, day);
    this.#exchange.drawTape(this.#symbolDay, this.symbol, minute, true, this.#tape);
    this.#tellStatus(this.#symbolDay, minute, receivedMs, deliveries);
    return day;
  }

  /** A reader that begins in the middle of a halt, or was absent when one began or ended, has to hear of it too. */
  #tellStatus(symbolDay: SymbolDay, minute: number, receivedMs: number, deliveries: Delivery[]): void {
    const before = this.#haltedDay;
    const latest = this.#exchange.statusAt(this.symbol, symbolDay, minute, receivedMs);
    const status =
      latest ?? (before && this.#exchange.statusAt(this.symbol, before, before.day.minuteCount, receivedMs));
    if (status === null) return;
    const isHalted = status.phase === 'halted';
    if (status.timeMs !== this.#minuteMs && isHalted === (before !== null)) return;
    deliveries.push({ atMs: this.#minuteMs, event: status });
    this.#haltedDay = isHalted ? symbolDay : null;
  }

  #readMinute(toMs: number, receivedMs: number, deliveries: Delivery[]): void {
    const tape = this.#tape;
    for (; this.#step < tape.count * STEPS; this.#step++) {
      const index = Math.floor(this.#step / STEPS);
      const step = this.#step % STEPS;
      const offsetMs = offsetOf(tape, index, step);
      if (this.#minuteMs + offsetMs >= toMs) return;
      const bits = hash32(this.#key, this.#minuteMs / MINUTE_MS, this.#step);
      if (step > TRADE_STEP && bits % 100 >= REFRESH_CHANCE_PERCENT) continue;
      const event =
        step === TRADE_STEP
          ? this.#trade(index, offsetMs, bits, receivedMs)
          : this.#quote(index, offsetMs, bits, receivedMs);
      deliveries.push({ atMs: this.#minuteMs + offsetMs, event });
    }
  }

  #trade(index: number, offsetMs: number, bits: number, receivedMs: number): Trade {
    const tape = this.#tape;
    const number = tape.firstNumber + index;
    const wholeMs = Math.floor(offsetMs);
    return {
      type: 'trade',
      symbol: this.symbol,
      timeMs: this.#minuteMs + wholeMs,
      nanosOfMs: Math.floor((offsetMs - wholeMs) * 1_000_000),
      source: 'mock',
      provider: 'mock',
      receivedMs,
      price: (tape.cents[index] ?? 0) / 100,
      size: tape.sizes[index] ?? 0,
      id: String((this.#symbolDay?.day.pathDay ?? 0) * 10_000_000 + number),
      exchange: this.#venue(bits),
      tape: this.#tapeCode,
      conditions: this.#conditions(index),
      sequence: number,
    };
  }

  /** Its bid or ask is the price of the trade it stands beside; an inside trade lies between them. */
  #quote(index: number, offsetMs: number, bits: number, receivedMs: number): Quote {
    const tape = this.#tape;
    const cents = tape.cents[index] ?? 0;
    const spread = tape.spreadCents[index] ?? 1;
    const side = tape.sides[index];
    const below = side === AT_BID ? 0 : side === AT_ASK ? spread : spread >> 1;
    const bidCents = Math.max(1, cents - below);
    const wholeMs = Math.floor(offsetMs);
    return {
      type: 'quote',
      symbol: this.symbol,
      timeMs: this.#minuteMs + wholeMs,
      nanosOfMs: Math.floor((offsetMs - wholeMs) * 1_000_000),
      source: 'mock',
      provider: 'mock',
      receivedMs,
      bid: bidCents / 100,
      bidSize: 100 * (1 + (bits % 9)),
      ask: Math.max(bidCents + 1, bidCents + spread) / 100,
      askSize: 100 * (1 + ((bits >>> 8) % 9)),
      exchange: this.#venue(bits >>> 16),
      conditions: REGULAR,
    };
  }

  #venue(bits: number): string {
    return bits % 3 === 0 ? (VENUES[(bits >>> 4) % VENUES.length] ?? 'D') : this.#listingExchange;
  }

  #conditions(index: number): readonly string[] {
    const isOddLot = this.#tape.isOddLot[index] === 1;
    const { day } = this.#symbolDay ?? {};
    const minute = day === undefined ? 0 : Math.round((this.#minuteMs - day.firstMs) / MINUTE_MS);
    if (this.#symbolDay?.isRegular(minute) === false) return isOddLot ? EXTENDED_ODD_LOT : EXTENDED;
    return isOddLot ? ODD_LOT : REGULAR;
  }
}

/** Quotes lie between their trade and its neighbours, so that all events of a symbol are in order. */
function offsetOf(tape: MinuteTape, index: number, step: number): number {
  const at = tape.offsetsMs[index] ?? 0;
  const share = QUOTE_OFFSETS[step] ?? 0;
  if (share === 0) return at;
  const before = index === 0 ? 0 : (tape.offsetsMs[index - 1] ?? 0);
  const after = index === tape.count - 1 ? MINUTE_MS : (tape.offsetsMs[index + 1] ?? MINUTE_MS);
  return share < 0 ? at + share * (at - before) : at + share * (after - at);
}
