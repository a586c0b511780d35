const LOW_DIGITS = 9;
const LOW_UNITS = 1_000_000_000;

/**
 * What tells prints of one venue apart: up to 15 digits without a leading zero are their own key; everything else hashes to
 * a whole number below zero. Among 100,000 hashed ids the chance that two share a key is one in a million.
 */
export function printKey(id: string): number {
  const { length } = id;
  if (length === 0 || length > 15 || (length > 1 && id.charCodeAt(0) === 48)) return hashedKey(id);
  // In two halves, because small integers are faster than doubles.
  const middle = length > LOW_DIGITS ? length - LOW_DIGITS : 0;
  let at = 0;
  let high = 0;
  for (; at < middle; at++) {
    const digit = id.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return hashedKey(id);
    high = high * 10 + digit;
  }
  let low = 0;
  for (; at < length; at++) {
    const digit = id.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return hashedKey(id);
    low = low * 10 + digit;
  }
  return high * LOW_UNITS + low;
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

/** Where a hash table begins to look for a key; the caller takes as many of the bits as it needs. */
export function slotOfKey(key: number, venue: number): number {
  const magnitude = key < 0 ? -key : key;
  const high = Math.floor(magnitude / 0x1_0000_0000);
  const mixed = Math.imul((magnitude - high * 0x1_0000_0000) ^ Math.imul(high + venue, 0x5bd1e995), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 15);
}
