import { TapedeckError } from '../../market/index.ts';

export const CHECKPOINT_VERSION = 1;

/** The next offset to read, by input topic. */
export interface InputPositions {
  readonly trades: number | null;
  readonly bars: number | null;
}

export interface AnalysisCheckpoint {
  readonly positions: InputPositions;
  readonly candles: Uint8Array;
  readonly alerts: Uint8Array;
  /** How far behind the market the prints come; null in checkpoints from before it was kept. */
  readonly delayMs: number | null;
}

const LEAST_HEADER_VALUES = 4;
const HEADER_VALUES = 5;
const NO_POSITION = -1;
const NO_DELAY = -1;

/** Header of five Float64 [trades position, bars position, two lengths, delay], then the two parts. */
export function encodeCheckpoint(checkpoint: AnalysisCheckpoint): Uint8Array {
  const { positions, candles, alerts, delayMs } = checkpoint;
  const header = new Float64Array([
    positions.trades ?? NO_POSITION,
    positions.bars ?? NO_POSITION,
    candles.length,
    alerts.length,
    delayMs ?? NO_DELAY,
  ]);
  const bytes = new Uint8Array(header.byteLength + candles.length + alerts.length);
  bytes.set(new Uint8Array(header.buffer), 0);
  let at = header.byteLength;
  for (const part of [candles, alerts]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Throws `corrupt` when the bytes are not a whole checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): AnalysisCheckpoint {
  if (bytes.length < LEAST_HEADER_VALUES * 8) {
    throw new TapedeckError('corrupt', 'checkpoint shorter than its header');
  }
  const [trades = NO_POSITION, bars = NO_POSITION, ...lengths] = headerOf(bytes, LEAST_HEADER_VALUES);
  const headerBytes = bytes.length - lengths.reduce((sum, length) => sum + length, 0);
  if (headerBytes !== LEAST_HEADER_VALUES * 8 && headerBytes !== HEADER_VALUES * 8) {
    throw new TapedeckError('corrupt', 'checkpoint cut short');
  }
  const delayMs = headerOf(bytes, headerBytes / 8)[LEAST_HEADER_VALUES] ?? NO_DELAY;
  let at = headerBytes;
  const [candles, alerts] = lengths.map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
  return {
    positions: { trades: positionOf(trades), bars: positionOf(bars) },
    candles: candles ?? new Uint8Array(),
    alerts: alerts ?? new Uint8Array(),
    delayMs: delayMs === NO_DELAY ? null : delayMs,
  };
}

function headerOf(bytes: Uint8Array, values: number): Float64Array {
  return new Float64Array(Uint8Array.from(bytes.subarray(0, values * 8)).buffer);
}

function positionOf(value: number): number | null {
  return value === NO_POSITION ? null : value;
}
