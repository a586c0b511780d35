import { TapedeckError } from '../../market/index.ts';
import { bollingerBands } from './bollinger-bands.ts';
import { exponentialMovingAverage } from './exponential-moving-average.ts';
import type { Indicator } from './indicator.ts';
import { macd } from './macd.ts';
import { relativeStrengthIndex } from './relative-strength-index.ts';
import { rollingVolatility } from './rolling-volatility.ts';
import { simpleMovingAverage } from './simple-moving-average.ts';

interface IndicatorKind {
  readonly name: string;
  /** What each parameter may be; the key carries them in this order, joined by `-`. */
  readonly parameters: readonly { readonly minimum: number; readonly isWhole: boolean }[];
  /** Appended to the key, one for each number written. */
  readonly parts: readonly string[];
  create(parameters: readonly number[]): Indicator;
}

const period = (minimum: number): IndicatorKind['parameters'][number] => ({ minimum, isWhole: true });

/** A new indicator is one file and one entry here. */
const KINDS: readonly IndicatorKind[] = [
  kind('sma', [period(1)], [''], ([length = 0]) => simpleMovingAverage(length)),
  kind('ema', [period(1)], [''], ([length = 0]) => exponentialMovingAverage(length)),
  kind('rsi', [period(1)], [''], ([length = 0]) => relativeStrengthIndex(length)),
  kind('macd', [period(1), period(2), period(1)], ['', '.signal', '.histogram'], ([fast = 0, slow = 0, signal = 0]) =>
    macd(fast, slow, signal),
  ),
  kind(
    'bollinger',
    [period(2), { minimum: 0, isWhole: false }],
    ['.upper', '.middle', '.lower'],
    ([length = 0, deviations = 0]) => bollingerBands(length, deviations),
  ),
  kind('volatility', [period(2)], [''], ([length = 0]) => rollingVolatility(length)),
];

export interface NamedIndicator {
  readonly indicator: Indicator;
  /** The keys of its numbers in `IndicatorSet.values`. */
  readonly columns: readonly string[];
}

/** An indicator from its key, such as `sma20` or `macd12-26-9`. Throws `bad-input` on a key that names none. */
export function createIndicator(key: string): NamedIndicator {
  const { name = '', parameters = '' } = /^(?<name>[a-z]+)(?<parameters>[0-9.-]*)$/.exec(key)?.groups ?? {};
  const found = KINDS.find((candidate) => candidate.name === name);
  const numbers = parameters.split('-').map(Number);
  const isValid = found?.parameters.every(({ minimum, isWhole }, at) => {
    const value = numbers[at] ?? Number.NaN;
    return value >= minimum && value <= 10_000 && (!isWhole || Number.isInteger(value));
  });
  if (found === undefined || isValid !== true || numbers.length !== found.parameters.length) {
    throw new TapedeckError('bad-input', `no indicator ${JSON.stringify(key)}: a key is a name and its parameters`, {
      userMessage: `There is no indicator "${key}". Examples: sma20, ema12, rsi14, macd12-26-9, bollinger20-2, volatility20.`,
    });
  }
  return { indicator: found.create(numbers), columns: found.parts.map((part) => key + part) };
}

function kind(
  name: string,
  parameters: IndicatorKind['parameters'],
  parts: readonly string[],
  create: IndicatorKind['create'],
): IndicatorKind {
  return { name, parameters, parts, create };
}
