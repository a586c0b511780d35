import type { BusRecord, TopicKind } from '../bus.ts';

/** More than a replay at full speed runs ahead of its readers, with a publication on top. */
const MAX_RECORDS = 49_152;
const MAX_CHARACTERS = 16_000_000;
/** A reader at the head comes sooner; of a slow market little is kept. */
const MAX_AGE_MS = 10_000;

interface Entry<K extends TopicKind> {
  readonly baseOffset: number;
  readonly records: readonly BusRecord<K>[];
  readonly characters: number;
  readonly pushedMs: number;
}

/** The newest events of a partition as they were published, so that readers at the head need not decode them again. */
export class TailCache<K extends TopicKind> {
  readonly #entries: Entry<K>[] = [];
  #first = 0;
  #recordCount = 0;
  #characters = 0;

  /** `nowMs` of a clock that never goes back. */
  push(baseOffset: number, records: readonly BusRecord<K>[], characters: number, nowMs: number): void {
    this.#entries.push({ baseOffset, records, characters, pushedMs: nowMs });
    this.#recordCount += records.length;
    this.#characters += characters;
    for (let oldest = this.#entries[this.#first]; oldest !== undefined; oldest = this.#entries[this.#first]) {
      const isFull = this.#recordCount > MAX_RECORDS || this.#characters > MAX_CHARACTERS;
      if (!isFull && nowMs - oldest.pushedMs <= MAX_AGE_MS) break;
      this.#first++;
      this.#recordCount -= oldest.records.length;
      this.#characters -= oldest.characters;
    }
    if (this.#first > 64 && this.#first * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#first);
      this.#first = 0;
    }
  }

  /** Up to `limit` records from `offset` on; null where that offset has left the cache. */
  read(offset: number, limit: number): BusRecord<K>[] | null {
    const oldest = this.#entries[this.#first];
    if (oldest === undefined || offset < oldest.baseOffset) return null;
    const found: BusRecord<K>[] = [];
    for (let at = this.#entryOf(offset); at < this.#entries.length && found.length < limit; at++) {
      const entry = this.#entries[at];
      if (entry === undefined) break;
      const from = Math.max(0, offset - entry.baseOffset);
      const to = Math.min(entry.records.length, from + limit - found.length);
      for (let index = from; index < to; index++) found.push(entry.records[index] as BusRecord<K>);
    }
    return found;
  }

  #entryOf(offset: number): number {
    let low = this.#first;
    let high = this.#entries.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#entries[middle]?.baseOffset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
