import type { StateReader, StateWriter } from '../state-bytes.ts';
import { addToSum } from './exact-sum.ts';
import {
  CLOSE,
  COUNT,
  DAY_CLOSE,
  DAY_HIGH,
  DAY_LOW,
  DAY_OPEN,
  HIGH,
  LOW,
  NOTIONAL,
  OPEN,
  ORIGIN,
  REVISION,
  TAKEN_PRICE,
  VOLUME,
  clearRow,
} from './candle-row.ts';

/** What a print does to its candles. */
export const MOVES_LAST = 1;
export const MOVES_RANGE = 2;
export const ADDS_VOLUME = 4;
/** The price effects hold for the daily candle too. */
export const MOVES_DAY = 8;

/** A correction or cancel has changed the print. */
export const IS_AMENDED = 16;

const TIME = 0;
const SEQUENCE = 1;
const PRICE = 2;
const SIZE = 3;
/** What tells prints apart: the id itself where it is a number, else a hash of 52 bits below zero. */
const KEY = 4;
/** Venue times 256 plus flags: one array to grow, one line of cache to touch. */
const VENUE_AND_FLAGS = 5;
const COLUMNS = 6;
const INITIAL_PRINTS = 32;
const VENUES = 64;

/** Small numbers for exchange names; all prints of one builder share them. */
export class VenueCodes {
  readonly #codes = new Map<string, number>();
  #lastVenue = '';
  #lastCode = -1;

  codeOf(venue: string): number {
    if (venue === this.#lastVenue && this.#lastCode >= 0) return this.#lastCode;
    let code = this.#codes.get(venue);
    if (code === undefined) {
      code = this.#codes.size % VENUES;
      this.#codes.set(venue, code);
    }
    this.#lastVenue = venue;
    this.#lastCode = code;
    return code;
  }

  names(): readonly string[] {
    return [...this.#codes.keys()];
  }
}

/**
 * The single prints of one minute of one symbol, 48 bytes a print. Repeats are found by (exchange, id).
 * Exchanges number their prints upwards, so an id above all before it is new without a search; only when one is not, a hash
 * table over what has come is built and kept. Ids that are no numbers go by their hash: among 100,000 of them in a minute,
 * two that share one have a chance of one in a million.
 */
export class MinutePrints {
  startMs = 0;
  /** Whether the minute lies in the regular session. */
  isRegular = true;
  /** `originCode` of its prints. */
  origin = 0;
  /** Corrections and cancels folded in. */
  amendmentCount = 0;
  isDirty = false;
  touchedDrain = 0;
  #count = 0;
  #foldedCount = 0;
  #values = new Float64Array(INITIAL_PRINTS * COLUMNS);
  #capacity = INITIAL_PRINTS;
  readonly #highestKeys = new Float64Array(VENUES);
  /** Row index + 1; 0 is free. A power of two at least twice as long as the rows indexed. */
  #slots = new Int32Array(0);
  #indexedCount = 0;
  #firstTime = Infinity;
  #firstSequence = 0;
  #lastTime = -Infinity;
  #lastSequence = 0;
  #dayFirstTime = Infinity;
  #dayFirstSequence = 0;
  #dayLastTime = -Infinity;
  #dayLastSequence = 0;

  get count(): number {
    return this.#count;
  }

  /** Takes the object into use for another minute, keeping its arrays; `expected` prints fit without growing. */
  reset(startMs: number, isRegular: boolean, expected: number): void {
    this.startMs = startMs;
    this.isRegular = isRegular;
    this.origin = 0;
    this.amendmentCount = 0;
    this.isDirty = false;
    this.touchedDrain = 0;
    this.#count = 0;
    this.#indexedCount = 0;
    this.#slots.fill(0);
    this.#highestKeys.fill(Number.NEGATIVE_INFINITY);
    if (expected > this.#capacity) this.#reserve(expected);
    this.unfold();
  }

  /** False when (exchange, id) is already there. `timeNanos` counts from the start of the minute. */
  insert(
    venue: number,
    id: string,
    timeNanos: number,
    sequence: number,
    price: number,
    size: number,
    flags: number,
  ): boolean {
    const key = keyOf(id);
    if (key >= 0 && key > (this.#highestKeys[venue] ?? 0)) this.#highestKeys[venue] = key;
    else if (this.find(venue, id) >= 0) return false;
    const row = this.#count++;
    if (row === this.#capacity) this.#reserve(row * 2);
    const values = this.#values;
    const at = row * COLUMNS;
    values[at + TIME] = timeNanos;
    values[at + SEQUENCE] = sequence;
    values[at + PRICE] = price;
    values[at + SIZE] = size;
    values[at + KEY] = key;
    values[at + VENUE_AND_FLAGS] = venue * 256 + flags;
    return true;
  }

  /** The row of a print, or -1. */
  find(venue: number, id: string): number {
    this.#index();
    const key = keyOf(id);
    const mask = this.#slots.length - 1;
    let slot = slotOf(key, venue) & mask;
    for (let entry = this.#slots[slot] ?? 0; entry !== 0; entry = this.#slots[slot] ?? 0) {
      if (this.#values[(entry - 1) * COLUMNS + KEY] === key && this.#venueOf(entry - 1) === venue) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Replaces what a print says; its place in the order of time stays. */
  correct(row: number, price: number, size: number, flags: number): void {
    this.#values[row * COLUMNS + PRICE] = price;
    this.#values[row * COLUMNS + SIZE] = size;
    this.#setFlags(row, flags | IS_AMENDED);
    this.unfold();
  }

  cancel(row: number): void {
    this.#setFlags(row, IS_AMENDED);
    this.unfold();
  }

  /** Makes the next `fold` begin anew. */
  unfold(): void {
    this.#foldedCount = 0;
    this.#firstTime = Infinity;
    this.#lastTime = -Infinity;
    this.#dayFirstTime = Infinity;
    this.#dayLastTime = -Infinity;
  }

  /** Folds the prints since the last call into the minute's row. */
  fold(rows: Float64Array, at: number): void {
    if (this.#foldedCount === 0) clearRow(rows, at);
    const values = this.#values;
    let counted = 0;
    for (let row = this.#foldedCount; row < this.#count; row++) {
      const flags = (values[row * COLUMNS + VENUE_AND_FLAGS] ?? 0) & 0xff;
      const time = values[row * COLUMNS + TIME] ?? 0;
      const sequence = values[row * COLUMNS + SEQUENCE] ?? 0;
      const price = values[row * COLUMNS + PRICE] ?? 0;
      if ((flags & ADDS_VOLUME) !== 0) {
        const size = values[row * COLUMNS + SIZE] ?? 0;
        addToSum(rows, at + VOLUME, size);
        addToSum(rows, at + NOTIONAL, price * size);
      }
      if ((flags & (ADDS_VOLUME | MOVES_LAST)) !== 0) counted++;
      if ((flags & MOVES_RANGE) !== 0) {
        if (!((rows[at + HIGH] ?? 0) >= price)) rows[at + HIGH] = price;
        if (!((rows[at + LOW] ?? 0) <= price)) rows[at + LOW] = price;
        if ((flags & MOVES_DAY) !== 0) {
          if (!((rows[at + DAY_HIGH] ?? 0) >= price)) rows[at + DAY_HIGH] = price;
          if (!((rows[at + DAY_LOW] ?? 0) <= price)) rows[at + DAY_LOW] = price;
        }
      }
      if ((flags & MOVES_LAST) === 0) {
        if ((flags & IS_AMENDED) !== 0) rows[at + TAKEN_PRICE] = price;
        continue;
      }
      if (time < this.#firstTime || (time === this.#firstTime && sequence < this.#firstSequence)) {
        this.#firstTime = time;
        this.#firstSequence = sequence;
        rows[at + OPEN] = price;
      }
      if (time > this.#lastTime || (time === this.#lastTime && sequence >= this.#lastSequence)) {
        this.#lastTime = time;
        this.#lastSequence = sequence;
        rows[at + CLOSE] = price;
      }
      if ((flags & MOVES_DAY) === 0) continue;
      if (time < this.#dayFirstTime || (time === this.#dayFirstTime && sequence < this.#dayFirstSequence)) {
        this.#dayFirstTime = time;
        this.#dayFirstSequence = sequence;
        rows[at + DAY_OPEN] = price;
      }
      if (time > this.#dayLastTime || (time === this.#dayLastTime && sequence >= this.#dayLastSequence)) {
        this.#dayLastTime = time;
        this.#dayLastSequence = sequence;
        rows[at + DAY_CLOSE] = price;
      }
    }
    this.#foldedCount = this.#count;
    rows[at + COUNT] = (rows[at + COUNT] ?? 0) + counted;
    rows[at + REVISION] = this.#count + this.amendmentCount;
    rows[at + ORIGIN] = this.origin;
  }

  write(writer: StateWriter): void {
    writer.number(this.startMs);
    writer.flag(this.isRegular);
    writer.count(this.origin);
    writer.count(this.amendmentCount);
    writer.count(this.touchedDrain);
    writer.numbers(this.#values.subarray(0, this.#count * COLUMNS));
  }

  static read(reader: StateReader): MinutePrints {
    const prints = new MinutePrints();
    prints.reset(reader.number(), reader.flag(), 0);
    prints.origin = reader.count();
    prints.amendmentCount = reader.count();
    prints.touchedDrain = reader.count();
    const values = reader.numbers();
    prints.#count = values.length / COLUMNS;
    prints.#reserve(Math.max(prints.#count, INITIAL_PRINTS));
    prints.#values.set(values);
    for (let row = 0; row < prints.#count; row++) {
      const venue = prints.#venueOf(row);
      const key = values[row * COLUMNS + KEY] ?? 0;
      if (key > (prints.#highestKeys[venue] ?? 0)) prints.#highestKeys[venue] = key;
    }
    return prints;
  }

  #reserve(capacity: number): void {
    const values = new Float64Array(capacity * COLUMNS);
    values.set(this.#values.subarray(0, Math.min(this.#count * COLUMNS, this.#values.length)));
    this.#values = values;
    this.#capacity = capacity;
  }

  #venueOf(row: number): number {
    return (this.#values[row * COLUMNS + VENUE_AND_FLAGS] ?? 0) >> 8;
  }

  #setFlags(row: number, flags: number): void {
    this.#values[row * COLUMNS + VENUE_AND_FLAGS] = this.#venueOf(row) * 256 + flags;
  }

  /** Puts the rows that came since the last search into the table. */
  #index(): void {
    if (this.#slots.length < this.#count * 2 || this.#slots.length === 0) {
      let length = INITIAL_PRINTS * 2;
      while (length < this.#count * 4) length *= 2;
      this.#slots = new Int32Array(length);
      this.#indexedCount = 0;
    }
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let row = this.#indexedCount; row < this.#count; row++) {
      let slot = slotOf(this.#values[row * COLUMNS + KEY] ?? 0, this.#venueOf(row)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#indexedCount = this.#count;
  }
}

/** Up to 15 digits without a leading zero are their own key; everything else hashes to a whole number below zero. */
function keyOf(id: string): number {
  const length = id.length;
  if (length === 0 || length > 15 || (length > 1 && id.charCodeAt(0) === 48)) return hashedKey(id);
  let number = 0;
  for (let at = 0; at < length; at++) {
    const digit = id.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return hashedKey(id);
    number = number * 10 + digit;
  }
  return number;
}

/** Two multiply-xor lanes, together 52 bits. */
function hashedKey(id: string): number {
  let low = 0x811c9dc5 ^ id.length;
  let high = 0x5bd1e995;
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ (code + at), 0x2c1b3c6d);
  }
  low = Math.imul(low ^ (low >>> 15), 0x297a2d39);
  high = Math.imul(high ^ (high >>> 13), 0x297a2d39);
  return -1 - ((low >>> 0) + ((high >>> 12) & 0xfffff) * 0x1_0000_0000);
}

function slotOf(key: number, venue: number): number {
  const magnitude = key < 0 ? -key : key;
  const high = Math.floor(magnitude / 0x1_0000_0000);
  const mixed = Math.imul((magnitude - high * 0x1_0000_0000) ^ Math.imul(high + venue, 0x5bd1e995), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 15);
}
