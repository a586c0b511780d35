const BITS_PER_KEY = 32;
const PROBES = 6;

/**
 * Remembers which keys were written lately, in two Bloom filters that take turns (Bloom 1970; double hashing after Kirsch and
 * Mitzenmacher 2006). A false "seen" costs a slower insert, a false "new" a repeated transaction, neither a row. At 32 bits
 * a key about one new key in 20,000 is taken for a seen one.
 */
export class RecentKeys {
  readonly #capacity: number;
  readonly #bitMask: number;
  #current: Uint32Array;
  #previous: Uint32Array;
  #count = 0;

  /** Remembers at least the last `capacity` keys (a power of two) and at most twice as many; 8 bytes each. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#bitMask = capacity * BITS_PER_KEY - 1;
    this.#current = new Uint32Array((capacity * BITS_PER_KEY) / 32);
    this.#previous = new Uint32Array(this.#current.length);
  }

  /** Whether the key was probably added before; adds it. */
  seenBefore(key: Uint8Array): boolean {
    let first = 0x811c9dc5;
    let second = 0x9747b28c;
    for (let index = 0; index < key.length; index++) {
      const byte = key[index] ?? 0;
      first = Math.imul(first ^ byte, 0x01000193);
      second = Math.imul(second ^ byte, 0x5bd1e995);
      second ^= second >>> 15;
    }
    first = mix(first);
    second = mix(second) | 1;

    let inCurrent = true;
    let inPrevious = true;
    for (let probe = 0, bits = first; probe < PROBES; probe++, bits = (bits + second) | 0) {
      const bit = bits & this.#bitMask;
      const word = bit >>> 5;
      const mask = 1 << (bit & 31);
      if (((this.#current[word] ?? 0) & mask) === 0) {
        inCurrent = false;
        this.#current[word] = (this.#current[word] ?? 0) | mask;
      }
      if (((this.#previous[word] ?? 0) & mask) === 0) inPrevious = false;
    }
    if (!inCurrent && ++this.#count >= this.#capacity) this.#rotate();
    return inCurrent || inPrevious;
  }

  #rotate(): void {
    const cleared = this.#previous.fill(0);
    this.#previous = this.#current;
    this.#current = cleared;
    this.#count = 0;
  }
}

function mix(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
