/** Mixes three integers into 32 well-spread bits: the 32-bit finaliser of MurmurHash3 after each. */
export function hash32(a: number, b: number, c: number): number {
  let hash = mix(a | 0);
  hash = mix(hash ^ Math.imul(b | 0, 0x9e3779b1));
  return mix(hash ^ Math.imul(c | 0, 0x85ebca77)) >>> 0;
}

export function hashText(seed: number, text: string): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = hash32(hash, text.charCodeAt(at), at);
  return hash >>> 0;
}

function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The `index`th draw of a stream: a counter through the same finaliser, so that any draw can be had without the rest. */
export function draw32(stream: number, index: number): number {
  return mix((stream + Math.imul(index, 0x9e3779b1)) | 0) >>> 0;
}

/** 32 bits as a number in [0, 1). */
export function unitOf(bits: number): number {
  return (bits >>> 0) / 0x1_0000_0000;
}

// The standard deviation of the sum of four independent bytes: sqrt(4 * (256^2 - 1) / 12).
const FOUR_BYTES_DEVIATION = 147.8;

/** 32 bits as a nearly normal number (mean 0, deviation 1, at most 3.45 either side): the sum of its four bytes. */
export function gaussianOf(bits: number): number {
  const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
  return (sum - 510) / FOUR_BYTES_DEVIATION;
}
