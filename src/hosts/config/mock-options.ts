import { decimal, integer, oneOf } from './value-parser.ts';
import type { ValueParser } from './value-parser.ts';

export const MOCK_FAULTS = [
  'disconnect',
  'silence',
  'duplicate',
  'late',
  'out-of-order',
  'malformed',
  'flash-crash',
] as const;
export type MockFaultName = (typeof MOCK_FAULTS)[number];

/** What `--mock` sets; what is missing keeps the mock market's own default. */
export interface MockOptions {
  readonly seed?: number;
  /** How many times faster than the wall clock the market's day passes. */
  readonly clock?: number;
  readonly session?: 'always-open' | 'us-equities';
  readonly faults?: readonly MockFaultName[];
}

const seed = integer(0, 4_294_967_295);
const clock = decimal(0.1, 10_000);
const session = oneOf('always-open', 'us-equities');
const fault = oneOf(...MOCK_FAULTS);

/** `seed=7,clock=10,session=us-equities,faults=late+duplicate` */
export const mockOptions: ValueParser<MockOptions> = {
  expected:
    `seed=NUMBER,clock=FACTOR,session=always-open|us-equities,faults=NAME+NAME` + ` (faults: ${MOCK_FAULTS.join(' ')})`,
  parse: (given) => {
    let options: MockOptions = {};
    for (const part of given.split(/[\s,]+/)) {
      if (part === '') continue;
      const added = parsePart(part);
      if (added === undefined) return undefined;
      options = { ...options, ...added };
    }
    return options;
  },
};

function parsePart(part: string): MockOptions | undefined {
  const at = part.indexOf('=');
  const name = part.slice(0, at);
  const value = part.slice(at + 1);
  if (name === 'seed') return single('seed', seed.parse(value));
  if (name === 'clock') return single('clock', clock.parse(value));
  if (name === 'session') return single('session', session.parse(value));
  if (name !== 'faults') return undefined;
  const names = value.split('+').filter((word) => word !== '');
  const faults = names.map((word) => fault.parse(word)).filter((word) => word !== undefined);
  return faults.length < names.length ? undefined : { faults };
}

function single<K extends keyof MockOptions>(name: K, value: MockOptions[K]): MockOptions | undefined {
  return value === undefined ? undefined : { [name]: value };
}
