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
}

const HEADER_VALUES = 4;
const NO_POSITION = -1;

/** Header of four Float64 [trades position, bars position, two lengths], then the two parts. */
export function encodeCheckpoint(checkpoint: AnalysisCheckpoint): Uint8Array {
  const { positions, candles, alerts } = checkpoint;
  const header = new Float64Array([
    positions.trades ?? NO_POSITION,
    positions.bars ?? NO_POSITION,
    candles.length,
    alerts.length,
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
  const headerBytes = HEADER_VALUES * 8;
  if (bytes.length < headerBytes) throw new TapedeckError('corrupt', 'checkpoint shorter than its header');
  const header = new Float64Array(Uint8Array.from(bytes.subarray(0, headerBytes)).buffer);
  const [trades = NO_POSITION, bars = NO_POSITION, ...lengths] = header;
  if (bytes.length !== lengths.reduce((sum, length) => sum + length, headerBytes)) {
    throw new TapedeckError('corrupt', 'checkpoint cut short');
  }
  let at = headerBytes;
  const [candles, alerts] = lengths.map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
  return {
    positions: { trades: positionOf(trades), bars: positionOf(bars) },
    candles: candles ?? new Uint8Array(),
    alerts: alerts ?? new Uint8Array(),
  };
}

function positionOf(value: number): number | null {
  return value === NO_POSITION ? null : value;
}
