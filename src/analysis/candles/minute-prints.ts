import { TapedeckError, type Trade } from '../../market/index.ts';
import type { StateReader, StateWriter } from '../state-bytes.ts';
import { addToSum } from './exact-sum.ts';
import { CHUNK_PRINTS, COLUMNS, type PrintChunks } from './print-chunks.ts';
import {
  CLOSE,
  COUNT,
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

/** What tells prints apart: the id itself where it is a number, else a hash of 52 bits below zero. */
const KEY = 0;
const PRICE = 1;
const SIZE = 2;
/** Nanoseconds since the minute began (36 bits), venue (11) and flags (5) in one exact integer: 32 bytes a print. */
const PACKED = 3;
const FLAG_UNITS = 2 ** 5;
const TIME_UNITS = 2 ** 16;
const FLAG_MASK = FLAG_UNITS - 1;
const MAX_VENUES = TIME_UNITS / FLAG_UNITS;
const MINUTE_MS = 60_000;
const INITIAL_SLOTS = 64;
/** Where in `#marks` the places in time of open and close stand; those of the daily prices from `DAY_OPEN` on. */
const FIRST_TIME = 0;
const FIRST_SEQUENCE = 1;
const LAST_TIME = 2;
const LAST_SEQUENCE = 3;
const KEYS = 8;
const NOTHING_FOLDED = [Infinity, 0, -Infinity, 0, Infinity, 0, -Infinity, 0];
const NO_ROOM = new Float64Array(0);
const CHUNK_MASK = CHUNK_PRINTS - 1;
const CHUNK_SHIFT = Math.log2(CHUNK_PRINTS);

/** Small numbers for exchange names; all prints of one builder share them. */
export class VenueCodes {
  readonly #codes = new Map<string, number>();
  #lastVenue = '';
  #lastCode = -1;

  codeOf(venue: string): number {
    if (venue === this.#lastVenue && this.#lastCode >= 0) return this.#lastCode;
    let code = this.#codes.get(venue);
    if (code === undefined) {
      if (this.#codes.size === MAX_VENUES) throw new TapedeckError('bad-input', `more than ${MAX_VENUES} exchanges`);
      code = this.#codes.size;
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
 * The single prints of one minute of one symbol, 32 bytes a print. Repeats are found by (exchange, id).
 * Exchanges number their prints upwards, so an id above all before it is new without a search; only when one is not, a hash
 * table over what has come is built and kept. Ids that are no numbers go by their hash: among 100,000 of them in a minute,
 * two that share one have a chance of one in a million.
 */
export class MinutePrints {
  startMs = 0;
  /** The same in whole minutes since 1970: a small integer, which costs less to compare. */
  minute = 0;
  /** Whether the minute lies in the regular session. */
  isRegular = true;
  /** `originCode` of its prints. */
  origin = 0;
  /** Corrections and cancels folded in. */
  amendmentCount = 0;
  isDirty = false;
  touchedDrain = 0;
  readonly #room: PrintChunks;
  readonly #chunks: Float64Array[] = [];
  readonly #sequences: number[] = [];
  #hasSequences = false;
  #rows: Float64Array = NO_ROOM;
  #rowAt = 0;
  /** The chunk being filled. */
  #chunk: Float64Array = NO_ROOM;
  #count = 0;
  #foldedCount = 0;
  /** Places in time of open and close, intraday and daily, then the highest key of each venue: what every print looks at. */
  #marks = new Float64Array(KEYS + 4);
  /** Row index + 1; 0 is free. A power of two at least twice as long as the rows indexed. */
  #slots = new Int32Array(0);
  #indexedCount = 0;

  constructor(room: PrintChunks) {
    this.#room = room;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes the object into use for another minute. */
  reset(startMs: number, isRegular: boolean): void {
    this.startMs = startMs;
    this.minute = startMs / MINUTE_MS;
    this.isRegular = isRegular;
    this.origin = 0;
    this.amendmentCount = 0;
    this.isDirty = false;
    this.touchedDrain = 0;
    this.#marks.fill(-1, KEYS);
    this.unfold();
  }

  /** Gives back the room the prints took. */
  clear(): void {
    this.#room.give(this.#chunks);
    this.#chunk = NO_ROOM;
    this.#sequences.length = 0;
    this.#hasSequences = false;
    this.#rows = NO_ROOM;
    this.#count = 0;
    this.#indexedCount = 0;
    this.#slots = new Int32Array(0);
  }

  /** False when (exchange, id) is already there. The whole trade comes in, because numbers in a call would be boxed. */
  insert(trade: Trade, venue: number, flags: number): boolean {
    const { id } = trade;
    const key = keyOf(id);
    if (key > (this.#marks[KEYS + venue] ?? -1)) this.#setHighestKey(venue, key);
    else if (this.find(venue, id) >= 0) return false;
    const row = this.#count++;
    if ((row & CHUNK_MASK) === 0) this.#addChunk();
    const values = this.#chunk;
    const at = (row & CHUNK_MASK) * COLUMNS;
    values[at + KEY] = key;
    values[at + PRICE] = trade.price;
    values[at + SIZE] = trade.size;
    // A difference, because the remainder of two doubles is a library call.
    const nanos = (trade.timeMs - this.startMs) * 1_000_000 + trade.nanosOfMs;
    values[at + PACKED] = nanos * TIME_UNITS + venue * FLAG_UNITS + flags;
    if (trade.sequence !== null || this.#hasSequences) this.#setSequence(row, trade.sequence ?? 0);
    return true;
  }

  /** The row of a print, or -1. */
  find(venue: number, id: string): number {
    this.#index();
    const key = keyOf(id);
    const mask = this.#slots.length - 1;
    let slot = slotOf(key, venue) & mask;
    for (let entry = this.#slots[slot] ?? 0; entry !== 0; entry = this.#slots[slot] ?? 0) {
      if (this.#value(entry - 1, KEY) === key && this.#venueOf(entry - 1) === venue) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Replaces what a print says; its place in the order of time stays. */
  correct(row: number, price: number, size: number, flags: number): void {
    this.#setValue(row, PRICE, price);
    this.#setValue(row, SIZE, size);
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
    this.#marks.set(NOTHING_FOLDED);
  }

  /** Names the row that the prints are folded into. */
  attach(rows: Float64Array, at: number): void {
    this.#rows = rows;
    this.#rowAt = at;
  }

  /** Folds the prints since the last call into the minute's row; one function, because this is where the time goes. */
  fold(): void {
    const rows = this.#rows;
    const at = this.#rowAt;
    if (this.#foldedCount === 0) clearRow(rows, at);
    const marks = this.#marks;
    let counted = 0;
    for (let row = this.#foldedCount; row < this.#count; row++) {
      const values = this.#chunks[row >> CHUNK_SHIFT] ?? NO_ROOM;
      const from = (row & CHUNK_MASK) * COLUMNS;
      const price = values[from + PRICE] ?? 0;
      const packed = values[from + PACKED] ?? 0;
      const flags = packed & FLAG_MASK;
      if ((flags & ADDS_VOLUME) !== 0) {
        const size = values[from + SIZE] ?? 0;
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
      const time = Math.floor(packed / TIME_UNITS);
      const sequence = this.#hasSequences ? (this.#sequences[row] ?? 0) : 0;
      // Twice: for the intraday prices, and at `DAY_OPEN` for the daily ones.
      const end = (flags & MOVES_DAY) === 0 ? DAY_OPEN : VOLUME;
      for (let prices = OPEN; prices < end; prices += DAY_OPEN) {
        const first = marks[prices + FIRST_TIME] ?? 0;
        if (time < first || (time === first && sequence < (marks[prices + FIRST_SEQUENCE] ?? 0))) {
          marks[prices + FIRST_TIME] = time;
          marks[prices + FIRST_SEQUENCE] = sequence;
          rows[at + prices + OPEN] = price;
        }
        const last = marks[prices + LAST_TIME] ?? 0;
        if (time > last || (time === last && sequence >= (marks[prices + LAST_SEQUENCE] ?? 0))) {
          marks[prices + LAST_TIME] = time;
          marks[prices + LAST_SEQUENCE] = sequence;
          rows[at + prices + CLOSE] = price;
        }
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
    writer.numbers(Float64Array.from(this.#sequences));
    writer.count(this.#count);
    for (const [index, chunk] of this.#chunks.entries()) {
      writer.numbers(chunk.subarray(0, Math.min(CHUNK_PRINTS, this.#count - index * CHUNK_PRINTS) * COLUMNS));
    }
  }

  static read(reader: StateReader, room: PrintChunks): MinutePrints {
    const prints = new MinutePrints(room);
    prints.reset(reader.number(), reader.flag());
    prints.origin = reader.count();
    prints.amendmentCount = reader.count();
    prints.touchedDrain = reader.count();
    for (const sequence of reader.numbers()) prints.#sequences.push(sequence);
    prints.#hasSequences = prints.#sequences.length > 0;
    prints.#count = reader.count();
    for (let read = 0; read < prints.#count; read += CHUNK_PRINTS) {
      prints.#addChunk();
      prints.#chunk.set(reader.numbers());
    }
    for (let row = 0; row < prints.#count; row++) {
      const venue = prints.#venueOf(row);
      const key = prints.#value(row, KEY);
      if (key > (prints.#marks[KEYS + venue] ?? -1)) prints.#setHighestKey(venue, key);
    }
    return prints;
  }

  #addChunk(): void {
    this.#chunk = this.#room.take();
    this.#chunks.push(this.#chunk);
  }

  #setHighestKey(venue: number, key: number): void {
    const at = KEYS + venue;
    if (at >= this.#marks.length) {
      const grown = new Float64Array(at * 2).fill(-1);
      grown.set(this.#marks);
      this.#marks = grown;
    }
    this.#marks[at] = key;
  }

  #value(row: number, column: number): number {
    return this.#chunks[row >> CHUNK_SHIFT]?.[(row & CHUNK_MASK) * COLUMNS + column] ?? 0;
  }

  #setValue(row: number, column: number, value: number): void {
    const chunk = this.#chunks[row >> CHUNK_SHIFT];
    if (chunk !== undefined) chunk[(row & CHUNK_MASK) * COLUMNS + column] = value;
  }

  #venueOf(row: number): number {
    return Math.floor(this.#value(row, PACKED) / FLAG_UNITS) % MAX_VENUES;
  }

  #setFlags(row: number, flags: number): void {
    const packed = this.#value(row, PACKED);
    this.#setValue(row, PACKED, packed - (packed & FLAG_MASK) + flags);
  }

  /** Few providers number their prints: the column exists only where one does. */
  #setSequence(row: number, sequence: number): void {
    this.#hasSequences = true;
    while (this.#sequences.length < row) this.#sequences.push(0);
    this.#sequences[row] = sequence;
  }

  /** Puts the rows that came since the last search into the table. */
  #index(): void {
    if (this.#slots.length < this.#count * 2 || this.#slots.length === 0) {
      let length = INITIAL_SLOTS;
      while (length < this.#count * 4) length *= 2;
      this.#slots = new Int32Array(length);
      this.#indexedCount = 0;
    }
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let row = this.#indexedCount; row < this.#count; row++) {
      let slot = slotOf(this.#value(row, KEY), this.#venueOf(row)) & mask;
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
