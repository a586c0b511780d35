import type { PriceModel } from './price-model.ts';
import { gaussianOf, hash32, hashText, unitOf } from './seeded-random.ts';
import type { MockDay, TradingHours } from './trading-hours.ts';
import type { Listing } from './universe.ts';

const WAVE_MINUTES = 15;
/** In shares of a wave and of a minute; both small enough that the trade count never runs backwards. */
const WAVE_AMPLITUDE = 0.25;
const MINUTE_JITTER = 0.22;
const RANGE_ANCHORS = 48;
const ANCHOR_TRIES = 6;
const HALT_CHANCE = 0.025;

/** What stays the same about a listing from day to day. */
export interface SymbolTraits {
  readonly listing: Listing;
  readonly key: number;
  readonly model: PriceModel;
  readonly hours: TradingHours;
  /** In the middle of an average regular session. */
  readonly tradesPerSecond: number;
  /** Usual spread as a share of the price. */
  readonly spreadShare: number;
}

export function traitsOf(listing: Listing, model: PriceModel, hours: TradingHours, seed: number): SymbolTraits {
  const millions = listing.dailyVolume / 1e6;
  return {
    listing,
    key: hashText(seed, `tape ${listing.symbol}`),
    model,
    hours,
    tradesPerSecond: Math.min(3, Math.max(0.3, 0.8 + 0.9 * Math.log10(millions))),
    spreadShare: 0.0008 / Math.sqrt(millions),
  };
}

export interface Halt {
  /** Minutes of the day, `[fromMinute, toMinute)`. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface DayPrices {
  readonly openCents: number;
  readonly highCents: number;
  readonly lowCents: number;
  readonly closeCents: number;
}

/**
 * One listing on one day, top down: how many trades and shares lie before each minute, when it is halted, and within
 * which prices the regular session stays. Minutes are drawn inside these bounds, so that a day agrees with its minutes
 * without anybody drawing them all.
 */
export class SymbolDay {
  readonly day: MockDay;
  readonly tradeCount: number;
  readonly halt: Halt | null;
  /** Null on a day without a regular trade. */
  readonly prices: DayPrices | null;
  readonly #traits: SymbolTraits;
  readonly #key: number;
  readonly #tradesPerShare: number;
  readonly #meanSize: number;
  readonly #fairMinutes = new Float64Array(2).fill(Number.NaN);
  readonly #fairPrices = new Float64Array(2);
  readonly #haltedFromShare: number;
  readonly #haltedShare: number;

  constructor(traits: SymbolTraits, day: MockDay, marketKey: number) {
    this.day = day;
    this.#traits = traits;
    this.#key = hash32(traits.key, day.pathDay, 1);
    const activity = Math.exp(
      0.2 * gaussianOf(hash32(marketKey, day.pathDay, 2)) + 0.25 * gaussianOf(hash32(this.#key, 2, 0)),
    );
    const regularSeconds = (day.closeMinute - day.openMinute) * 60;
    const regularShare =
      traits.hours.volumeBefore(day, day.closeMinute) - traits.hours.volumeBefore(day, day.openMinute);
    const usualTrades = (traits.tradesPerSecond * regularSeconds) / regularShare;
    this.#tradesPerShare = usualTrades * activity;
    this.#meanSize = Math.max(8, traits.listing.dailyVolume / usualTrades);
    this.halt = haltOf(this.#key, day);
    this.#haltedFromShare = this.halt === null ? 1 : this.#shareBefore(this.halt.fromMinute);
    this.#haltedShare = this.halt === null ? 0 : this.#shareBefore(this.halt.toMinute) - this.#haltedFromShare;
    this.tradeCount = this.tradesBefore(day.minuteCount);
    this.prices = this.#drawPrices();
  }

  /** Trades of the day before the start of minute `minute`. */
  tradesBefore(minute: number): number {
    const share = this.#shareBefore(minute);
    const halted = Math.min(this.#haltedShare, Math.max(0, share - this.#haltedFromShare));
    return Math.floor(this.#tradesPerShare * (share - halted));
  }

  /** Shares in the first `trades` trades of the day. */
  volumeOf(trades: number): number {
    return Math.floor(this.#meanSize * trades);
  }

  get meanSize(): number {
    return this.#meanSize;
  }

  isRegular(minute: number): boolean {
    return minute >= this.day.openMinute && minute < this.day.closeMinute;
  }

  /** The true price at a minute boundary, dollars, not rounded. */
  fairPrice(minute: number): number {
    // Neighbouring minutes ask for the same boundary several times.
    const slot = minute & 1;
    if (this.#fairMinutes[slot] !== minute) {
      this.#fairMinutes[slot] = minute;
      this.#fairPrices[slot] = this.#traits.model.priceAt(this.#traits.hours.pathPosition(this.day, minute));
    }
    return this.#fairPrices[slot] ?? Number.NaN;
  }

  /** The price of the first trade of a minute. */
  openCents(minute: number): number {
    return clusterCents(Math.round(this.fairPrice(minute) * 100), hash32(this.#key, minute, 3));
  }

  /** The price of the last trade of a minute that has two or more: a cent or so from where the next one opens. */
  closeCents(minute: number): number {
    return this.openCents(minute + 1) + (hash32(this.#key, minute, 4) % 3) - 1;
  }

  #shareBefore(minute: number): number {
    const { hours } = this.#traits;
    return hours.volumeBefore(this.day, this.#bent(minute));
  }

  /** The minute boundary, moved a little: activity comes in waves, and no two minutes are alike. */
  #bent(minute: number): number {
    if (minute <= 0 || minute >= this.day.minuteCount) return minute;
    const { fromMinute, toMinute } = this.#traits.hours.stretchAt(this.day, minute);
    const inside = minute - fromMinute;
    if (inside === 0) return minute;
    const wave = Math.floor(inside / WAVE_MINUTES);
    const from = wave === 0 ? 0 : signedUnit(hash32(this.#key, fromMinute + wave, 5));
    const isLast = fromMinute + (wave + 1) * WAVE_MINUTES >= toMinute;
    const to = isLast ? 0 : signedUnit(hash32(this.#key, fromMinute + wave + 1, 5));
    const place = inside / WAVE_MINUTES - wave;
    const jitter = MINUTE_JITTER * signedUnit(hash32(this.#key, minute, 6));
    return minute + WAVE_AMPLITUDE * WAVE_MINUTES * (from + (to - from) * place) + jitter;
  }

  #tradesIn(minute: number): number {
    return this.tradesBefore(minute + 1) - this.tradesBefore(minute);
  }

  #drawPrices(): DayPrices | null {
    const { openMinute, closeMinute } = this.day;
    const first = this.#tradedMinute(openMinute, 1, closeMinute - openMinute);
    const last = this.#tradedMinute(closeMinute - 1, -1, closeMinute - openMinute);
    if (first === null || last === null) return null;
    const openCents = this.openCents(first);
    const closeCents = this.#tradesIn(last) > 1 ? this.closeCents(last) : this.openCents(last);
    let highCents = Math.max(openCents, closeCents);
    let lowCents = Math.min(openCents, closeCents);
    const step = (closeMinute - openMinute) / RANGE_ANCHORS;
    for (let anchor = 0; anchor < RANGE_ANCHORS; anchor++) {
      const minute = this.#tradedMinute(openMinute + Math.floor(anchor * step), 1, Math.min(step, ANCHOR_TRIES));
      if (minute === null) continue;
      const cents = this.openCents(minute);
      highCents = Math.max(highCents, cents);
      lowCents = Math.min(lowCents, cents);
    }
    return { openCents, highCents, lowCents, closeCents };
  }

  #tradedMinute(start: number, step: 1 | -1, tries: number): number | null {
    for (let attempt = 0; attempt < tries; attempt++) {
      if (this.#tradesIn(start + step * attempt) > 0) return start + step * attempt;
    }
    return null;
  }
}

/** People like round prices: one print in five moves to the nearest multiple of five cents. */
export function clusterCents(cents: number, bits: number): number {
  return bits % 5 === 0 ? ((cents / 5 + 0.5) | 0) * 5 : cents;
}

function signedUnit(bits: number): number {
  return 2 * unitOf(bits) - 1;
}

function haltOf(key: number, day: MockDay): Halt | null {
  if (unitOf(hash32(key, 7, 0)) >= HALT_CHANCE) return null;
  const lengthMinutes = 5 + (hash32(key, 8, 0) % 11);
  const latest = day.closeMinute - day.openMinute - lengthMinutes - 30;
  const fromMinute = day.openMinute + 15 + (hash32(key, 9, 0) % latest);
  return { fromMinute, toMinute: fromMinute + lengthMinutes };
}
