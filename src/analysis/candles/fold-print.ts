import { type PrintEffect, type Trade, type TradeCorrection, marksSession } from '../../market/index.ts';
import * as candleRow from './candle-row.ts';
import { addToSum } from './exact-sum.ts';
import * as minuteSlots from './minute-slots.ts';
import * as printLayout from './print-layout.ts';

// The compiler knows a constant of this module; an imported or exported one is read from memory every time.
const { OPEN, HIGH, LOW, CLOSE, DAY_OPEN, DAY_HIGH, DAY_LOW, VOLUME, NOTIONAL, COUNT, TAKEN_PRICE } = candleRow;
const { FIRST_TIME, FIRST_SEQUENCE, LAST_TIME, LAST_SEQUENCE } = minuteSlots;
const { PRICE, SIZE, PACKED, FLAG_MASK, TIME_UNITS } = printLayout;
const { MOVES_LAST, MOVES_RANGE, ADDS_VOLUME, MOVES_DAY, IS_AMENDED } = printLayout;

/** What a print does to its candles, as flags; `isRegular` says whether its minute lies in the regular session. */
export function printFlags(event: Trade | TradeCorrection, effect: PrintEffect, isRegular: boolean): number {
  const isDaily = effect.dailyPrices && (isRegular || marksSession(event.provider, event.conditions));
  return (
    (effect.last ? MOVES_LAST : 0) |
    (effect.highLow ? MOVES_RANGE : 0) |
    (effect.volume ? ADDS_VOLUME : 0) |
    (isDaily ? MOVES_DAY : 0)
  );
}

/**
 * Folds the print at `values[at]` into the minute whose slot is at `numbers[slot]`. In whatever order its prints come, a
 * minute comes to the same, but for prints of one time and sequence: of these the later call is the later print.
 */
export function foldPrint(
  numbers: Float64Array,
  slot: number,
  values: Float64Array,
  at: number,
  sequence: number,
): void {
  const price = values[at + PRICE] ?? 0;
  const packed = values[at + PACKED] ?? 0;
  const flags = packed & FLAG_MASK;
  if ((flags & ADDS_VOLUME) !== 0) {
    const size = values[at + SIZE] ?? 0;
    addToSum(numbers, slot + VOLUME, size);
    addToSum(numbers, slot + NOTIONAL, price * size);
  }
  if ((flags & (ADDS_VOLUME | MOVES_LAST)) !== 0) numbers[slot + COUNT] = (numbers[slot + COUNT] ?? 0) + 1;
  if ((flags & MOVES_RANGE) !== 0) {
    if (!((numbers[slot + HIGH] ?? 0) >= price)) numbers[slot + HIGH] = price;
    if (!((numbers[slot + LOW] ?? 0) <= price)) numbers[slot + LOW] = price;
    if ((flags & MOVES_DAY) !== 0) {
      if (!((numbers[slot + DAY_HIGH] ?? 0) >= price)) numbers[slot + DAY_HIGH] = price;
      if (!((numbers[slot + DAY_LOW] ?? 0) <= price)) numbers[slot + DAY_LOW] = price;
    }
  }
  if ((flags & MOVES_LAST) === 0) {
    if ((flags & IS_AMENDED) !== 0) numbers[slot + TAKEN_PRICE] = price;
    return;
  }
  const time = Math.floor(packed / TIME_UNITS);
  // Twice: for the intraday prices, and at `DAY_OPEN` for the daily ones.
  const end = (flags & MOVES_DAY) === 0 ? DAY_OPEN : VOLUME;
  for (let prices = slot; prices < slot + end; prices += DAY_OPEN) {
    const first = numbers[prices + FIRST_TIME] ?? 0;
    if (time < first || (time === first && sequence < (numbers[prices + FIRST_SEQUENCE] ?? 0))) {
      numbers[prices + FIRST_TIME] = time;
      numbers[prices + FIRST_SEQUENCE] = sequence;
      numbers[prices + OPEN] = price;
    }
    const last = numbers[prices + LAST_TIME] ?? 0;
    if (time > last || (time === last && sequence >= (numbers[prices + LAST_SEQUENCE] ?? 0))) {
      numbers[prices + LAST_TIME] = time;
      numbers[prices + LAST_SEQUENCE] = sequence;
      numbers[prices + CLOSE] = price;
    }
  }
}
