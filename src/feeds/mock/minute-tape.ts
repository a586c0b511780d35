import { clusterCents, type SymbolDay } from './symbol-day.ts';
import { draw32, gaussianOf, hash32 } from './seeded-random.ts';
import { MINUTE_MS } from './trading-hours.ts';

export const AT_ASK = 0;
export const AT_BID = 1;
const INSIDE = 2;

const MAX_CENTS = 0x7fff_ffff;
const MEAN_ODD_LOT = 25;
const MEAN_ROUND_LOT = 190;

/** All trades of one symbol in one minute, in columns that are filled again for the next. */
export class MinuteTape {
  count = 0;
  /** Trades of the day before this minute. */
  firstNumber = 0;
  /** Milliseconds after the start of the minute, ascending, with a fraction. */
  offsetsMs = new Float64Array(64);
  cents = new Int32Array(64);
  sizes = new Int32Array(64);
  spreadCents = new Int32Array(64);
  /** `AT_ASK`, `AT_BID` or `INSIDE`. */
  sides = new Uint8Array(64);
  isOddLot = new Uint8Array(64);

  reset(count: number, firstNumber: number): void {
    this.count = count;
    this.firstNumber = firstNumber;
    if (count <= this.cents.length) return;
    const capacity = 2 ** Math.ceil(Math.log2(count));
    this.offsetsMs = new Float64Array(capacity);
    this.cents = new Int32Array(capacity);
    this.sizes = new Int32Array(capacity);
    this.spreadCents = new Int32Array(capacity);
    this.sides = new Uint8Array(capacity);
    this.isOddLot = new Uint8Array(capacity);
  }
}

export interface MinuteRequest {
  readonly symbolDay: SymbolDay;
  readonly minute: number;
  readonly symbolKey: number;
  readonly dailyDeviation: number;
  readonly spreadShare: number;
  /** The share of the true price that is traded at an offset into the minute; null without a shock. */
  readonly shockAt: ((offsetMs: number) => number) | null;
}

/** Draws the trades of a minute: they open and close where the day says, sum up to its volume and stay in its range. */
export function drawMinute(request: MinuteRequest, tape: MinuteTape): void {
  const { symbolDay, minute } = request;
  const firstNumber = symbolDay.tradesBefore(minute);
  const count = symbolDay.tradesBefore(minute + 1) - firstNumber;
  tape.reset(count, firstNumber);
  if (count === 0) return;
  const stream = hash32(hash32(request.symbolKey, symbolDay.day.pathDay, 10), minute, 0);
  drawPrices(request, tape, stream);
  setEnds(symbolDay, minute, tape);
  if (request.shockAt !== null) shock(tape, request.shockAt);
  drawSizes(symbolDay, tape, hash32(stream, 1, 0));
}

/** True prices at the quarters of the minute, in cents: a bridge from its start to its end. */
function drawKnots(request: MinuteRequest, stream: number): Float64Array {
  const { symbolDay, minute } = request;
  const start = symbolDay.fairPrice(minute) * 100;
  const end = symbolDay.fairPrice(minute + 1) * 100;
  // A minute's share of a day's deviation, halved for the bridge; below that one more halving is enough.
  const deviation = (start * request.dailyDeviation * Math.sqrt(1 / symbolDay.day.minuteCount)) / 2;
  const middle = (start + end) / 2 + deviation * gaussianOf(draw32(stream, -1));
  const first = (start + middle) / 2 + deviation * Math.SQRT1_2 * gaussianOf(draw32(stream, -2));
  const third = (middle + end) / 2 + deviation * Math.SQRT1_2 * gaussianOf(draw32(stream, -3));
  return Float64Array.of(start, first, middle, third, end, end);
}

function drawPrices(request: MinuteRequest, tape: MinuteTape, stream: number): void {
  const { symbolDay, minute } = request;
  const { count, offsetsMs, cents, spreadCents, sides } = tape;
  const knots = drawKnots(request, stream);
  const isRegular = symbolDay.isRegular(minute);
  const low = isRegular ? (symbolDay.prices?.lowCents ?? 1) : 1;
  const high = isRegular ? (symbolDay.prices?.highCents ?? MAX_CENTS) : MAX_CENTS;
  const usualSpread = Math.max(1, knots[0]! * request.spreadShare * (isRegular ? 1 : 2));
  for (let index = 0; index < count; index++) {
    const bits = draw32(stream, index);
    const place = (index + (bits & 0xffff) / 0x1_0000) / count;
    const quarter = (place * 4) | 0;
    const left = knots[quarter]!;
    const fair = left + (knots[quarter + 1]! - left) * (place * 4 - quarter);
    const spread = Math.max(1, (usualSpread * (0.6 + ((bits >>> 16) & 0xff) / 320) + 0.5) | 0);
    const side = sideOf(bits >>> 24, spread);
    const halfSpread = side === INSIDE ? 0 : side === AT_ASK ? spread / 2 : -spread / 2;
    const price = clusterCents((fair + halfSpread + 0.5) | 0, bits >>> 8);
    offsetsMs[index] = place * MINUTE_MS;
    cents[index] = withinRange(price, low, high);
    spreadCents[index] = spread;
    sides[index] = side;
  }
}

/** `draw` is a byte. */
function sideOf(draw: number, spread: number): number {
  if (spread > 1 && draw < 38) return INSIDE;
  return draw < 147 ? AT_ASK : AT_BID;
}

function setEnds(symbolDay: SymbolDay, minute: number, tape: MinuteTape): void {
  const isRegular = symbolDay.isRegular(minute);
  const last = tape.count - 1;
  if (last > 0) tape.cents[last] = boundedCents(symbolDay, symbolDay.closeCents(minute), isRegular);
  tape.cents[0] = boundedCents(symbolDay, symbolDay.openCents(minute), isRegular);
}

function boundedCents({ prices }: SymbolDay, cents: number, isRegular: boolean): number {
  return prices === null || !isRegular ? cents : withinRange(cents, prices.lowCents, prices.highCents);
}

/** A price beyond the day's range comes back from its edge by as much as it went over, as if it had met an order there. */
function withinRange(cents: number, low: number, high: number): number {
  if (cents > high) return Math.max(low, 2 * high - cents);
  return cents < low ? Math.min(high, 2 * low - cents) : cents;
}

function shock(tape: MinuteTape, shockAt: (offsetMs: number) => number): void {
  for (let index = 0; index < tape.count; index++) {
    tape.cents[index] = Math.max(1, Math.round(tape.cents[index]! * shockAt(tape.offsetsMs[index]!)));
  }
}

/** Odd and round lots as their mean size asks for; the last trade takes what the minute's volume is short of. */
function drawSizes(symbolDay: SymbolDay, tape: MinuteTape, stream: number): void {
  const { count, firstNumber, sizes, isOddLot } = tape;
  const { meanSize } = symbolDay;
  const oddShare = Math.min(0.95, Math.max(0.3, (MEAN_ROUND_LOT - meanSize) / (MEAN_ROUND_LOT - MEAN_ODD_LOT)));
  const lotScale = Math.max(1, (meanSize - oddShare * MEAN_ODD_LOT) / (1 - oddShare) / MEAN_ROUND_LOT);
  let left = symbolDay.volumeOf(firstNumber + count) - symbolDay.volumeOf(firstNumber);
  const last = count - 1;
  for (let index = 0; index < last; index++) {
    const bits = draw32(stream, index);
    const draw = (bits >>> 16) / 0x1_0000;
    // The opening and closing print of a minute make its prices, so they are never odd lots.
    const isOdd = index > 0 && (bits & 0xffff) < oddShare * 0x1_0000;
    const wanted = isOdd ? 1 + ((98 * draw * draw * draw) | 0) : roundLot(draw, lotScale);
    const size = Math.max(1, Math.min(wanted, left - (last - index)));
    sizes[index] = size;
    isOddLot[index] = isOdd ? 1 : 0;
    left -= size;
  }
  sizes[last] = left;
  isOddLot[last] = 0;
}

function roundLot(draw: number, scale: number): number {
  const lots = draw < 0.6 ? 1 : draw < 0.85 ? 2 : draw < 0.97 ? 4 : 10;
  return 100 * Math.max(1, (lots * scale + 0.5) | 0);
}
