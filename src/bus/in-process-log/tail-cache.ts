import type { BusRecord, TopicKind } from '../bus.ts';

const MAX_RECORDS = 16_384;
const MAX_CHARACTERS = 8_000_000;

interface Entry<K extends TopicKind> {
  readonly baseOffset: number;
  readonly records: readonly BusRecord<K>[];
  readonly characters: number;
}

/** The newest events of a partition as they were published, so that readers at the head need not decode them again. */
export class TailCache<K extends TopicKind> {
  readonly #entries: Entry<K>[] = [];
  #first = 0;
  #recordCount = 0;
  #characters = 0;

  push(baseOffset: number, records: readonly BusRecord<K>[], characters: number): void {
    this.#entries.push({ baseOffset, records, characters });
    this.#recordCount += records.length;
    this.#characters += characters;
    while (this.#recordCount > MAX_RECORDS || this.#characters > MAX_CHARACTERS) {
      const oldest = this.#entries[this.#first];
      if (oldest === undefined) break;
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
