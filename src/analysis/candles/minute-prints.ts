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
const COLUMNS = 4;
const INITIAL_PRINTS = 16;

/**
 * The single prints of one minute of one symbol: columns in typed arrays and an open-addressing table over the 64-bit hash
 * of (exchange, id), about 50 bytes a print. Two ids of one minute that share a hash would be one print: with 100,000
 * prints a minute that is one chance in four billion.
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
  #hashes = new Int32Array(INITIAL_PRINTS * 2);
  #flags = new Uint8Array(INITIAL_PRINTS);
  /** Row index + 1; 0 is free. Twice as long as the columns, a power of two. */
  #slots = new Int32Array(INITIAL_PRINTS * 2);
  #firstTime = Infinity;
  #firstSequence = 0;
  #lastTime = -Infinity;
  #lastSequence = 0;
  #dayFirstTime = Infinity;
  #dayFirstSequence = 0;
  #dayLastTime = -Infinity;
  #dayLastSequence = 0;
  #low = 0;
  #high = 0;

  get count(): number {
    return this.#count;
  }

  /** Takes the object into use for another minute, keeping its arrays. */
  reset(startMs: number, isRegular: boolean): void {
    this.startMs = startMs;
    this.isRegular = isRegular;
    this.origin = 0;
    this.amendmentCount = 0;
    this.isDirty = false;
    this.touchedDrain = 0;
    this.#count = 0;
    this.#slots.fill(0);
    this.unfold();
  }

  /** False when (exchange, id) is already there. `timeNanos` counts from the start of the minute. */
  insert(
    exchange: string,
    id: string,
    timeNanos: number,
    sequence: number,
    price: number,
    size: number,
    flags: number,
  ): boolean {
    this.#hash(exchange, id);
    const low = this.#low;
    const high = this.#high;
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    const slots = this.#slots;
    const hashes = this.#hashes;
    const mask = slots.length - 1;
    let slot = low & mask;
    for (let entry = slots[slot] ?? 0; entry !== 0; entry = slots[slot] ?? 0) {
      const at = (entry - 1) * 2;
      if (hashes[at] === low && hashes[at + 1] === high) return false;
      slot = (slot + 1) & mask;
    }
    const row = this.#count++;
    slots[slot] = row + 1;
    hashes[row * 2] = low;
    hashes[row * 2 + 1] = high;
    const values = this.#values;
    const at = row * COLUMNS;
    values[at + TIME] = timeNanos;
    values[at + SEQUENCE] = sequence;
    values[at + PRICE] = price;
    values[at + SIZE] = size;
    this.#flags[row] = flags;
    return true;
  }

  /** The row of a print, or -1. */
  find(exchange: string, id: string): number {
    this.#hash(exchange, id);
    const mask = this.#slots.length - 1;
    let slot = this.#low & mask;
    for (let entry = this.#slots[slot] ?? 0; entry !== 0; entry = this.#slots[slot] ?? 0) {
      const at = (entry - 1) * 2;
      if (this.#hashes[at] === this.#low && this.#hashes[at + 1] === this.#high) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Replaces what a print says; its place in the order of time stays. */
  correct(row: number, price: number, size: number, flags: number): void {
    this.#values[row * COLUMNS + PRICE] = price;
    this.#values[row * COLUMNS + SIZE] = size;
    this.#flags[row] = flags | IS_AMENDED;
    this.unfold();
  }

  cancel(row: number): void {
    this.#flags[row] = IS_AMENDED;
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
      const flags = this.#flags[row] ?? 0;
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
    writer.integers(this.#hashes.subarray(0, this.#count * 2));
    writer.bytes(this.#flags.subarray(0, this.#count));
  }

  static read(reader: StateReader): MinutePrints {
    const prints = new MinutePrints();
    prints.startMs = reader.number();
    prints.isRegular = reader.flag();
    prints.origin = reader.count();
    prints.amendmentCount = reader.count();
    prints.touchedDrain = reader.count();
    const values = reader.numbers();
    const hashes = reader.integers();
    const flags = reader.bytes();
    prints.#count = flags.length;
    let capacity = INITIAL_PRINTS;
    while (capacity < flags.length) capacity *= 2;
    prints.#values = new Float64Array(capacity * COLUMNS);
    prints.#hashes = new Int32Array(capacity * 2);
    prints.#flags = new Uint8Array(capacity);
    prints.#values.set(values);
    prints.#hashes.set(hashes);
    prints.#flags.set(flags);
    prints.#index(capacity * 2);
    return prints;
  }

  #grow(): void {
    const capacity = this.#flags.length * 2;
    const values = new Float64Array(capacity * COLUMNS);
    values.set(this.#values);
    this.#values = values;
    const hashes = new Int32Array(capacity * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const flags = new Uint8Array(capacity);
    flags.set(this.#flags);
    this.#flags = flags;
    this.#index(capacity * 2);
  }

  #index(slotCount: number): void {
    const slots = new Int32Array(slotCount);
    for (let row = 0; row < this.#count; row++) {
      let slot = (this.#hashes[row * 2] ?? 0) & (slotCount - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slotCount - 1);
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }

  /** Two multiply-xor lanes of 32 bits, the low one mixed at the end because it picks the slot. */
  #hash(exchange: string, id: string): void {
    let low = 0x811c9dc5 ^ id.length;
    let high = 0x5bd1e995;
    for (let at = 0; at < exchange.length; at++) {
      const code = exchange.charCodeAt(at);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high, 0x2c1b3c6d) + code;
    }
    // A separator that no text holds keeps ('AB', 'C') and ('A', 'BC') apart.
    low = Math.imul(low ^ 0x1_0000, 0x01000193);
    high = Math.imul(high, 0x2c1b3c6d) + 0x1_0000;
    for (let at = 0; at < id.length; at++) {
      const code = id.charCodeAt(at);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high, 0x2c1b3c6d) + code;
    }
    low = Math.imul(low ^ (low >>> 15), 0x297a2d39);
    this.#low = low ^ (low >>> 15);
    this.#high = high | 0;
  }
}
