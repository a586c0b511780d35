import type { Trade } from '../../market/index.ts';
import type { StateReader, StateWriter } from '../state-bytes.ts';
import * as candleRow from './candle-row.ts';
import { foldPrint } from './fold-print.ts';
import * as minuteSlots from './minute-slots.ts';
import * as printChunks from './print-chunks.ts';
import { printKey, slotOfKey } from './print-key.ts';
import * as printLayout from './print-layout.ts';
import { MAX_VENUES } from './venue-codes.ts';

// The compiler knows a constant of this module; an imported or exported one is read from memory every time.
const { ORIGIN, REVISION } = candleRow;
const { HIGHEST_KEYS, KEY_VENUES, START_MS } = minuteSlots;
const { CHUNK_PRINTS, CHUNK_SHIFT } = printChunks;
const { KEY, PRICE, SIZE, PACKED, COLUMNS, FLAG_UNITS, FLAG_MASK, TIME_UNITS, IS_AMENDED } = printLayout;
const CHUNK_MASK = CHUNK_PRINTS - 1;
const MINUTE_MS = 60_000;
const INITIAL_TABLE_LENGTH = 64;
const NO_ROOM = new Float64Array(0);
const NO_TABLE = new Int32Array(0);

/** Room that the prints of one builder share. */
export interface PrintRoom {
  readonly slots: minuteSlots.MinuteSlots;
  readonly chunks: printChunks.PrintChunks;
}

/**
 * The single prints of one minute of one symbol, and what they make of it. Repeats are found by (exchange, id): exchanges
 * number their prints upwards, so an id above all before it is new without a search; only when one is not, a hash table over
 * what has come is built and kept.
 */
export class MinutePrints {
  // First what every print touches.
  readonly #slots: minuteSlots.MinuteSlots;
  #slot = 0;
  #count = 0;
  /** The chunk being filled. */
  #values: Float64Array = NO_ROOM;
  #valuesAt = 0;
  /** False from an amendment to the next `settle`, which folds everything anew. */
  #isFolded = true;
  #hasSequences = false;
  isDirty = false;
  /** Whether the minute lies in the regular session. */
  isRegular = true;
  startMs = 0;
  /** Corrections and cancels folded in. */
  amendmentCount = 0;
  touchedDrain = 0;
  readonly #chunkRoom: printChunks.PrintChunks;
  readonly #chunks: number[] = [];
  readonly #sequences: number[] = [];
  #hourRows: Float64Array = NO_ROOM;
  #hourRowAt = 0;
  /** Row index + 1; 0 is free. A power of two at least twice as long as the rows indexed. */
  #table: Int32Array = NO_TABLE;
  #indexedCount = 0;

  constructor(room: PrintRoom) {
    this.#slots = room.slots;
    this.#chunkRoom = room.chunks;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes the object into use for a minute. */
  open(startMs: number, isRegular: boolean): void {
    this.#slot = this.#slots.take(startMs);
    this.startMs = startMs;
    this.isRegular = isRegular;
    this.amendmentCount = 0;
    this.isDirty = false;
    this.touchedDrain = 0;
    this.#isFolded = true;
  }

  /** Gives back the room the prints took. */
  close(): void {
    this.#slots.give(this.#slot);
    this.#chunkRoom.give(this.#chunks);
    this.#values = NO_ROOM;
    this.#sequences.length = 0;
    this.#hasSequences = false;
    this.#hourRows = NO_ROOM;
    this.#count = 0;
    this.#indexedCount = 0;
    this.#table = NO_TABLE;
  }

  holds(trade: Trade): boolean {
    const elapsedMs = trade.timeMs - (this.#slots.numbers[this.#slot + START_MS] ?? 0);
    return elapsedMs >= 0 && elapsedMs < MINUTE_MS;
  }

  /** False when (exchange, id) is already there. The whole trade comes in, because numbers in a call would be boxed. */
  insert(trade: Trade, venue: number, flags: number): boolean {
    const { numbers } = this.#slots;
    const slot = this.#slot;
    const key = printKey(trade.id);
    if (venue < KEY_VENUES && key > (numbers[slot + HIGHEST_KEYS + venue] ?? 0)) {
      numbers[slot + HIGHEST_KEYS + venue] = key;
    } else if (this.find(venue, trade.id) >= 0) {
      return false;
    }
    const row = this.#count++;
    if ((row & CHUNK_MASK) === 0) this.#addChunk();
    const values = this.#values;
    const at = this.#valuesAt + (row & CHUNK_MASK) * COLUMNS;
    values[at + KEY] = key;
    values[at + PRICE] = trade.price;
    values[at + SIZE] = trade.size;
    // A difference, because the remainder of two doubles is a library call.
    const nanos = (trade.timeMs - (numbers[slot + START_MS] ?? 0)) * 1_000_000 + trade.nanosOfMs;
    values[at + PACKED] = nanos * TIME_UNITS + venue * FLAG_UNITS + flags;
    const sequence = trade.sequence ?? 0;
    if (trade.sequence !== null || this.#hasSequences) this.#setSequence(row, sequence);
    const origin = candleRow.originCode(trade.source);
    if (origin > (numbers[slot + ORIGIN] ?? 0)) numbers[slot + ORIGIN] = origin;
    if (this.#isFolded) foldPrint(numbers, slot, values, at, sequence);
    return true;
  }

  /** The row of a print, or -1. */
  find(venue: number, id: string): number {
    this.#index();
    const key = printKey(id);
    const mask = this.#table.length - 1;
    let place = slotOfKey(key, venue) & mask;
    for (let entry = this.#table[place] ?? 0; entry !== 0; entry = this.#table[place] ?? 0) {
      if (this.#value(entry - 1, KEY) === key && this.#venueOf(entry - 1) === venue) return entry - 1;
      place = (place + 1) & mask;
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

  /** Makes the next `settle` fold everything anew. */
  unfold(): void {
    this.#isFolded = false;
  }

  /** Names the row of the hour that the minute's row is copied to. */
  attach(hourRows: Float64Array, at: number): void {
    this.#hourRows = hourRows;
    this.#hourRowAt = at;
  }

  /** Tells the hour what the prints come to. */
  settle(): void {
    const { numbers } = this.#slots;
    const slot = this.#slot;
    if (!this.#isFolded) this.#foldAll();
    numbers[slot + REVISION] = this.#count + this.amendmentCount;
    candleRow.copyRow(this.#hourRows, this.#hourRowAt, numbers, slot);
  }

  write(writer: StateWriter): void {
    writer.number(this.startMs);
    writer.flag(this.isRegular);
    writer.count(this.#slots.numbers[this.#slot + ORIGIN] ?? 0);
    writer.count(this.amendmentCount);
    writer.count(this.touchedDrain);
    writer.numbers(Float64Array.from(this.#sequences));
    writer.count(this.#count);
    for (const [index, chunk] of this.#chunks.entries()) {
      const start = this.#chunkRoom.startOf(chunk);
      const length = Math.min(CHUNK_PRINTS, this.#count - index * CHUNK_PRINTS) * COLUMNS;
      writer.numbers(this.#chunkRoom.slabOf(chunk).subarray(start, start + length));
    }
  }

  static read(reader: StateReader, room: PrintRoom): MinutePrints {
    const prints = new MinutePrints(room);
    prints.open(reader.number(), reader.flag());
    room.slots.numbers[prints.#slot + ORIGIN] = reader.count();
    prints.amendmentCount = reader.count();
    prints.touchedDrain = reader.count();
    for (const sequence of reader.numbers()) prints.#sequences.push(sequence);
    prints.#hasSequences = prints.#sequences.length > 0;
    prints.#count = reader.count();
    for (let read = 0; read < prints.#count; read += CHUNK_PRINTS) {
      prints.#addChunk();
      prints.#values.set(reader.numbers(), prints.#valuesAt);
    }
    for (let row = 0; row < prints.#count; row++) {
      const venue = prints.#venueOf(row);
      const key = prints.#value(row, KEY);
      const highest = prints.#slot + HIGHEST_KEYS + venue;
      if (venue < KEY_VENUES && key > (room.slots.numbers[highest] ?? 0)) room.slots.numbers[highest] = key;
    }
    prints.unfold();
    return prints;
  }

  #foldAll(): void {
    const { numbers } = this.#slots;
    const origin = numbers[this.#slot + ORIGIN] ?? 0;
    this.#slots.clearFold(this.#slot);
    numbers[this.#slot + ORIGIN] = origin;
    for (let row = 0; row < this.#count; row++) {
      const chunk = this.#chunks[row >> CHUNK_SHIFT] ?? 0;
      const at = this.#chunkRoom.startOf(chunk) + (row & CHUNK_MASK) * COLUMNS;
      foldPrint(numbers, this.#slot, this.#chunkRoom.slabOf(chunk), at, this.#sequences[row] ?? 0);
    }
    this.#isFolded = true;
  }

  #addChunk(): void {
    const chunk = this.#chunkRoom.take();
    this.#chunks.push(chunk);
    this.#values = this.#chunkRoom.slabOf(chunk);
    this.#valuesAt = this.#chunkRoom.startOf(chunk);
  }

  #value(row: number, column: number): number {
    const chunk = this.#chunks[row >> CHUNK_SHIFT] ?? 0;
    return this.#chunkRoom.slabOf(chunk)[this.#chunkRoom.startOf(chunk) + (row & CHUNK_MASK) * COLUMNS + column] ?? 0;
  }

  #setValue(row: number, column: number, value: number): void {
    const chunk = this.#chunks[row >> CHUNK_SHIFT] ?? 0;
    const values = this.#chunkRoom.slabOf(chunk);
    values[this.#chunkRoom.startOf(chunk) + (row & CHUNK_MASK) * COLUMNS + column] = value;
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
    if (this.#table.length < this.#count * 2 || this.#table.length === 0) {
      let length = INITIAL_TABLE_LENGTH;
      while (length < this.#count * 4) length *= 2;
      this.#table = new Int32Array(length);
      this.#indexedCount = 0;
    }
    const table = this.#table;
    const mask = table.length - 1;
    for (let row = this.#indexedCount; row < this.#count; row++) {
      let place = slotOfKey(this.#value(row, KEY), this.#venueOf(row)) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = row + 1;
    }
    this.#indexedCount = this.#count;
  }
}
