import { TapedeckError } from '../../market/index.ts';
import { bollingerBands } from './bollinger-bands.ts';
import { exponentialMovingAverage } from './exponential-moving-average.ts';
import type { IndicatorDescription, IndicatorDrawing, IndicatorScale } from './indicator-description.ts';
import type { Indicator } from './indicator.ts';
import { macd } from './macd.ts';
import { relativeStrengthIndex } from './relative-strength-index.ts';
import { rollingVolatility } from './rolling-volatility.ts';
import { simpleMovingAverage } from './simple-moving-average.ts';

interface IndicatorKind {
  readonly name: string;
  readonly title: string;
  readonly scale: IndicatorScale;
  readonly guides: readonly number[];
  /** What each parameter may be; the key carries them in this order, joined by `-`. */
  readonly parameters: readonly Parameter[];
  /** One for each number written; the suffix is appended to the key. */
  readonly parts: readonly { readonly suffix: string; readonly drawing: IndicatorDrawing }[];
  create(parameters: readonly number[]): Indicator;
}

interface Parameter {
  readonly minimum: number;
  readonly isWhole: boolean;
  /** Offered where the configuration says nothing. */
  readonly usual: number;
}

const period = (usual: number, minimum = 1): Parameter => ({ minimum, isWhole: true, usual });
const LINE: IndicatorKind['parts'] = [{ suffix: '', drawing: 'line' }];

/** A new indicator is one file and one entry here. */
const KINDS: readonly IndicatorKind[] = [
  {
    name: 'sma',
    title: 'SMA',
    scale: 'price',
    guides: [],
    parameters: [period(20)],
    parts: LINE,
    create: ([length = 0]) => simpleMovingAverage(length),
  },
  {
    name: 'ema',
    title: 'EMA',
    scale: 'price',
    guides: [],
    parameters: [period(12)],
    parts: LINE,
    create: ([length = 0]) => exponentialMovingAverage(length),
  },
  {
    name: 'bollinger',
    title: 'Bollinger',
    scale: 'price',
    guides: [],
    parameters: [period(20, 2), { minimum: 0, isWhole: false, usual: 2 }],
    parts: [
      { suffix: '.upper', drawing: 'band' },
      { suffix: '.middle', drawing: 'middle' },
      { suffix: '.lower', drawing: 'band' },
    ],
    create: ([length = 0, deviations = 0]) => bollingerBands(length, deviations),
  },
  {
    name: 'rsi',
    title: 'RSI',
    scale: 'percent',
    guides: [30, 70],
    parameters: [period(14)],
    parts: LINE,
    create: ([length = 0]) => relativeStrengthIndex(length),
  },
  {
    name: 'macd',
    title: 'MACD',
    scale: 'signed',
    guides: [0],
    parameters: [period(12), period(26, 2), period(9)],
    parts: [
      { suffix: '', drawing: 'line' },
      { suffix: '.signal', drawing: 'line' },
      { suffix: '.histogram', drawing: 'histogram' },
    ],
    create: ([fast = 0, slow = 0, signal = 0]) => macd(fast, slow, signal),
  },
  {
    name: 'volatility',
    title: 'Volatility',
    scale: 'positive',
    guides: [],
    parameters: [period(20, 2)],
    parts: LINE,
    create: ([length = 0]) => rollingVolatility(length),
  },
];

export interface NamedIndicator {
  readonly indicator: Indicator;
  /** The keys of its numbers in `IndicatorSet.values`. */
  readonly columns: readonly string[];
}

/** An indicator from its key, such as `sma20` or `macd12-26-9`. Throws `bad-input` on a key that names none. */
export function createIndicator(key: string): NamedIndicator {
  const parsed = parseKey(key);
  if (parsed === null) {
    throw new TapedeckError('bad-input', `no indicator ${JSON.stringify(key)}: a key is a name and its parameters`, {
      userMessage: `There is no indicator "${key}". Examples: sma20, ema12, rsi14, macd12-26-9, bollinger20-2, volatility20.`,
    });
  }
  const { kind, numbers } = parsed;
  return { indicator: kind.create(numbers), columns: kind.parts.map(({ suffix }) => key + suffix) };
}

/** Null for a key that names no indicator. */
export function describeIndicator(key: string): IndicatorDescription | null {
  const parsed = parseKey(key);
  if (parsed === null) return null;
  const { kind, numbers } = parsed;
  return {
    key,
    title: `${kind.title} ${numbers.join(', ')}`,
    scale: kind.scale,
    guides: kind.guides,
    lines: kind.parts.map(({ suffix, drawing }) => ({ key: key + suffix, drawing })),
  };
}

/** Every kind there is: with the configured parameters, or with its usual ones where none are configured. */
export function offeredIndicators(configuredKeys: readonly string[]): readonly IndicatorDescription[] {
  return KINDS.flatMap((kind) => {
    const configured = configuredKeys.filter((key) => parseKey(key)?.kind === kind);
    const usual = kind.name + kind.parameters.map((parameter) => parameter.usual).join('-');
    return configured.length > 0 ? configured : [usual];
  }).flatMap((key) => describeIndicator(key) ?? []);
}

function parseKey(key: string): { readonly kind: IndicatorKind; readonly numbers: readonly number[] } | null {
  const { name = '', parameters = '' } = /^(?<name>[a-z]+)(?<parameters>[0-9.-]*)$/.exec(key)?.groups ?? {};
  const kind = KINDS.find((candidate) => candidate.name === name);
  const numbers = parameters.split('-').map(Number);
  const isValid = kind?.parameters.every(({ minimum, isWhole }, at) => {
    const value = numbers[at] ?? Number.NaN;
    return value >= minimum && value <= 10_000 && (!isWhole || Number.isInteger(value));
  });
  return kind === undefined || isValid !== true || numbers.length !== kind.parameters.length ? null : { kind, numbers };
}
