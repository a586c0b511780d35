import { ROW_COLUMNS, type RowColumn } from '../../contract/index.ts';

/** Which cells flash; the rest change too often or too rarely to be worth the eye. */
const FLASHING_COLUMNS = ['last', 'bid', 'ask'] as const;
export type FlashingColumn = (typeof FLASHING_COLUMNS)[number];

/** Where each flashing column sits in a frame's row; -1 for the others. */
const FLASH_INDEX: readonly number[] = ROW_COLUMNS.map((name) => (FLASHING_COLUMNS as readonly string[]).indexOf(name));

/** How long a changed cell stays lit. */
export const FLASH_MS = 350;

const SYMBOL_INDEX = 0;
const RECEIVED = ROW_COLUMNS.indexOf('receivedMs');
const TIME = ROW_COLUMNS.indexOf('timeMs');
const LAST = ROW_COLUMNS.indexOf('last');

/**
 * The latest state of every symbol in columns of numbers, outside React. Rows subscribe one by one and are told once a
 * flush, however many ticks came in between; a tick itself costs a few array writes and no object.
 */
export class TickStore {
  private readonly slots = new Map<string, number>();
  private readonly symbols: string[] = [];
  private capacity = 512;
  private columns = ROW_COLUMNS.map(() => new Float64Array(this.capacity).fill(Number.NaN));
  private versions = new Uint32Array(this.capacity);
  private dirty = new Uint8Array(this.capacity);
  private dirtySlots: number[] = [];
  /** +1 rose, -1 fell, 0 dark; one array per flashing column. */
  private flashes = FLASHING_COLUMNS.map(() => new Int8Array(this.capacity));
  private litUntilMs = new Float64Array(this.capacity);
  private litSlots = new Set<number>();
  private stale = new Uint8Array(this.capacity);
  private readonly listeners: (Set<() => void> | undefined)[] = [];
  private readonly flushListeners = new Set<() => void>();
  private flashesEnabled = true;
  /** Price updates applied since the start; a rate is two readings. */
  appliedRows = 0;

  /** The row of a symbol, made on first asking; it never moves. */
  slotOf(symbol: string): number {
    const known = this.slots.get(symbol);
    if (known !== undefined) return known;
    const slot = this.symbols.length;
    if (slot === this.capacity) this.grow();
    this.slots.set(symbol, slot);
    this.symbols.push(symbol);
    return slot;
  }

  /** NaN while nothing is known. */
  value(slot: number, column: RowColumn): number {
    return this.columns[ROW_COLUMNS.indexOf(column)]?.[slot] ?? Number.NaN;
  }

  version(slot: number): number {
    return this.versions[slot] ?? 0;
  }

  flash(slot: number, column: FlashingColumn): number {
    return this.flashes[FLASHING_COLUMNS.indexOf(column)]?.[slot] ?? 0;
  }

  isStale(slot: number): boolean {
    return this.stale[slot] === 1;
  }

  setFlashing(isEnabled: boolean): void {
    this.flashesEnabled = isEnabled;
    if (!isEnabled) this.expireFlashes(Number.POSITIVE_INFINITY);
  }

  subscribe(slot: number, listener: () => void): () => void {
    const set = (this.listeners[slot] ??= new Set());
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Called once after every flush that changed anything. */
  onFlush(listener: () => void): () => void {
    this.flushListeners.add(listener);
    return () => this.flushListeners.delete(listener);
  }

  /**
   * Takes over the rows of a frame: `ROW_COLUMNS.length` columns of `rowCount` values. `slotsByIndex` turns the frame's
   * symbol index into a slot; an index it does not know is skipped.
   */
  apply(rows: Float64Array, rowCount: number, slotsByIndex: Int32Array, nowMs: number): void {
    const columnCount = ROW_COLUMNS.length;
    for (let row = 0; row < rowCount; row++) {
      const slot = slotsByIndex[rows[SYMBOL_INDEX * rowCount + row] ?? -1];
      if (slot === undefined) continue;
      const isFirst = Number.isNaN(this.columns[LAST]?.[slot] ?? Number.NaN);
      for (let column = 1; column < columnCount; column++) {
        const values = this.columns[column] as Float64Array;
        const next = rows[column * rowCount + row] as number;
        const flashIndex = FLASH_INDEX[column] as number;
        if (flashIndex >= 0 && this.flashesEnabled && !isFirst) {
          const before = values[slot] as number;
          if (next > before) this.light(slot, flashIndex, 1, nowMs);
          else if (next < before) this.light(slot, flashIndex, -1, nowMs);
        }
        values[slot] = next;
      }
      this.stale[slot] = 0;
      this.markDirty(slot);
    }
    this.appliedRows += rowCount;
  }

  /** Forgets every value; the rows stay where they are. */
  clear(): void {
    for (const column of this.columns) column.fill(Number.NaN);
    this.expireFlashes(Number.POSITIVE_INFINITY);
    this.stale.fill(0);
    for (let slot = 0; slot < this.symbols.length; slot++) this.markDirty(slot);
  }

  /** When the latest news of a row came, epoch ms; of one that only the store knows, when it was made. NaN without any. */
  newsMs(slot: number): number {
    const receivedMs = this.columns[RECEIVED]?.[slot] ?? Number.NaN;
    if (!Number.isNaN(receivedMs)) return receivedMs;
    const hasLast = !Number.isNaN(this.columns[LAST]?.[slot] ?? Number.NaN);
    return hasLast ? (this.columns[TIME]?.[slot] ?? Number.NaN) : Number.NaN;
  }

  /** Marks rows whose last news is older than `maxAgeMs`; `-Infinity` marks all that show anything. */
  updateStaleness(nowMs: number, maxAgeMs: number): void {
    const last = this.columns[LAST] as Float64Array;
    const isAll = maxAgeMs === Number.NEGATIVE_INFINITY;
    for (let slot = 0; slot < this.symbols.length; slot++) {
      const newsMs = this.newsMs(slot);
      const isOld = nowMs - newsMs > maxAgeMs;
      const isStale = isOld || (isAll && !Number.isNaN(last[slot])) ? 1 : 0;
      if (isStale === this.stale[slot]) continue;
      this.stale[slot] = isStale;
      this.markDirty(slot);
    }
  }

  /** Turns off what has been lit long enough. Answers whether anything is still lit. */
  expireFlashes(nowMs: number): boolean {
    for (const slot of this.litSlots) {
      if ((this.litUntilMs[slot] as number) > nowMs) continue;
      for (const column of this.flashes) column[slot] = 0;
      this.litSlots.delete(slot);
      this.markDirty(slot);
    }
    return this.litSlots.size > 0;
  }

  /** Tells every changed row once. */
  flush(): void {
    if (this.dirtySlots.length === 0) return;
    const changed = this.dirtySlots;
    this.dirtySlots = [];
    for (const slot of changed) {
      this.dirty[slot] = 0;
      this.versions[slot] = ((this.versions[slot] as number) + 1) >>> 0;
    }
    for (const slot of changed) {
      const set = this.listeners[slot];
      if (set !== undefined) for (const listener of set) listener();
    }
    for (const listener of this.flushListeners) listener();
  }

  private light(slot: number, flashIndex: number, direction: number, nowMs: number): void {
    (this.flashes[flashIndex] as Int8Array)[slot] = direction;
    this.litUntilMs[slot] = nowMs + FLASH_MS;
    this.litSlots.add(slot);
  }

  private markDirty(slot: number): void {
    if (this.dirty[slot] === 1) return;
    this.dirty[slot] = 1;
    this.dirtySlots.push(slot);
  }

  private grow(): void {
    const from = this.capacity;
    this.capacity *= 2;
    this.columns = this.columns.map((values) => {
      const wider = new Float64Array(this.capacity).fill(Number.NaN, from);
      wider.set(values);
      return wider;
    });
    this.flashes = this.flashes.map((values) => widen(values, new Int8Array(this.capacity)));
    this.versions = widen(this.versions, new Uint32Array(this.capacity));
    this.dirty = widen(this.dirty, new Uint8Array(this.capacity));
    this.stale = widen(this.stale, new Uint8Array(this.capacity));
    this.litUntilMs = widen(this.litUntilMs, new Float64Array(this.capacity));
  }
}

function widen<T extends Int8Array | Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
