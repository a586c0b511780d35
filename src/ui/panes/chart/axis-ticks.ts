import type { Interval } from '../../../market/index.ts';
import { type ClockZone, formatDay, formatMinute, formatMonth, zonedDate, zoneOffsetMs } from '../../format/times.ts';

/** Round values inside [low, high], about `count` of them: 1, 2, 2.5 or 5 times a power of ten apart. */
export function valueTicks(low: number, high: number, count: number): number[] {
  const range = high - low;
  if (!(range > 0) || count < 1) return [];
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough) ?? 10;
  const step = factor * power;
  const ticks: number[] = [];
  // Whole multiples of the step, so that 0.1 + 0.2 never becomes a label.
  for (let multiple = Math.ceil(low / step); multiple * step <= high; multiple++) {
    ticks.push(Number((multiple * step).toPrecision(12)));
  }
  return ticks;
}

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720].map((minutes) => minutes * MINUTE_MS);
const DAY_STEPS = [1, 2, 5, 10];

export interface TimeTick {
  readonly index: number;
  readonly label: string;
  /** A new day or month begins here. */
  readonly isMajor: boolean;
}

/**
 * Labels for the candles `from` to `to` of `openTimeMs`, at most about `count`: the finest round step that fits, in the wall
 * time of the zone; where a day or month begins its name stands instead of the time.
 */
export function timeTicks(
  openTimeMs: readonly number[],
  from: number,
  to: number,
  count: number,
  interval: Interval,
  zone: ClockZone,
): TimeTick[] {
  const first = Math.max(0, from);
  const last = Math.min(openTimeMs.length - 1, to);
  if (last < first || count < 1) return [];
  // Few candles take a part of the axis, and their labels have to fit into that part.
  const fitting = Math.max(1, Math.floor((count * (last - first + 1)) / (to - from + 1)));
  const buckets = bucketers(interval);
  let best: TimeTick[] = [];
  for (const bucketOf of buckets) {
    const ticks = ticksOf(openTimeMs, first, last, bucketOf, interval, zone);
    best = ticks;
    if (ticks.length <= fitting) break;
  }
  return best;
}

type Bucketer = (timeMs: number, zone: ClockZone) => number;

function bucketers(interval: Interval): readonly Bucketer[] {
  const local = (timeMs: number, zone: ClockZone) => timeMs + zoneOffsetMs(timeMs, zone);
  const days = DAY_STEPS.map(
    (step): Bucketer =>
      (timeMs, zone) =>
        Math.floor(local(timeMs, zone) / (step * DAY_MS)),
  );
  const months = [1, 3, 6, 12, 24, 60].map((step): Bucketer => (timeMs, zone) => {
    const date = zonedDate(timeMs, zone);
    return Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / step);
  });
  if (interval === '1d') return [...days, ...months];
  const minutes = STEPS_MS.map(
    (step): Bucketer =>
      (timeMs, zone) =>
        Math.floor(local(timeMs, zone) / step),
  );
  return [...minutes, ...days, ...months];
}

function ticksOf(
  openTimeMs: readonly number[],
  first: number,
  last: number,
  bucketOf: Bucketer,
  interval: Interval,
  zone: ClockZone,
): TimeTick[] {
  const ticks: TimeTick[] = [];
  let before = bucketOf(openTimeMs[first - 1] ?? openTimeMs[first] ?? 0, zone);
  for (let index = first; index <= last; index++) {
    const timeMs = openTimeMs[index] as number;
    const bucket = bucketOf(timeMs, zone);
    if (bucket === before) continue;
    before = bucket;
    const previous = zonedDate(openTimeMs[index - 1] ?? timeMs, zone);
    const date = zonedDate(timeMs, zone);
    const isNewMonth = date.getUTCMonth() !== previous.getUTCMonth();
    const isNewDay = isNewMonth || date.getUTCDate() !== previous.getUTCDate();
    if (interval === '1d') {
      ticks.push({
        index,
        label: isNewMonth ? formatMonth(timeMs, zone) : formatDay(timeMs, zone),
        isMajor: isNewMonth,
      });
    } else {
      ticks.push({ index, label: isNewDay ? formatDay(timeMs, zone) : formatMinute(timeMs, zone), isMajor: isNewDay });
    }
  }
  return ticks;
}
