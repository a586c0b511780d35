import { COLUMNS } from './print-layout.ts';

export const CHUNK_SHIFT = 6;
/** Prints a chunk holds. */
export const CHUNK_PRINTS = 1 << CHUNK_SHIFT;
const CHUNK_LENGTH = CHUNK_PRINTS * COLUMNS;
const SLAB_SHIFT = 16;
const SLAB_LENGTH = 1 << SLAB_SHIFT;
const SLAB_MASK = SLAB_LENGTH - 1;
const NO_ROOM = new Float64Array(0);

/**
 * Room for prints in pieces of one size, cut from large slabs and used again: arrays that grow by doubling would copy and
 * zero every byte several times, and an array object for each piece costs more than the prints in it. A chunk is a whole
 * number: its place in all slabs taken together.
 */
export class PrintChunks {
  readonly #slabs: Float64Array[] = [];
  readonly #free: number[] = [];

  take(): number {
    const chunk = this.#free.pop();
    if (chunk !== undefined) return chunk;
    const start = this.#slabs.length * SLAB_LENGTH;
    this.#slabs.push(new Float64Array(SLAB_LENGTH));
    // From the end, so that chunks taken in turn lie one after the other.
    for (let at = SLAB_LENGTH - CHUNK_LENGTH; at > 0; at -= CHUNK_LENGTH) this.#free.push(start + at);
    return start;
  }

  give(chunks: number[]): void {
    for (const chunk of chunks) this.#free.push(chunk);
    chunks.length = 0;
  }

  /** The slab a chunk lies in, where it begins at `startOf`. */
  slabOf(chunk: number): Float64Array {
    return this.#slabs[chunk >> SLAB_SHIFT] ?? NO_ROOM;
  }

  startOf(chunk: number): number {
    return chunk & SLAB_MASK;
  }
}
