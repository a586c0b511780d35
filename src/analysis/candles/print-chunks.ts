/** Numbers a print takes. */
export const COLUMNS = 4;
/** Prints a chunk holds; a power of two. */
export const CHUNK_PRINTS = 64;
const CHUNK_LENGTH = CHUNK_PRINTS * COLUMNS;
const CHUNKS_PER_SLAB = 256;

/**
 * Room for prints in pieces of one size, cut from large slabs and used again: arrays that grow by doubling would copy and
 * zero every byte several times, which costs more than all else about a print.
 */
export class PrintChunks {
  readonly #free: Float64Array[] = [];

  take(): Float64Array {
    const chunk = this.#free.pop();
    if (chunk !== undefined) return chunk;
    const slab = new ArrayBuffer(CHUNKS_PER_SLAB * CHUNK_LENGTH * 8);
    for (let at = 1; at < CHUNKS_PER_SLAB; at++) this.#free.push(chunkOf(slab, at));
    return chunkOf(slab, 0);
  }

  give(chunks: Float64Array[]): void {
    for (const chunk of chunks) this.#free.push(chunk);
    chunks.length = 0;
  }
}

function chunkOf(slab: ArrayBuffer, at: number): Float64Array {
  return new Float64Array(slab, at * CHUNK_LENGTH * 8, CHUNK_LENGTH);
}
