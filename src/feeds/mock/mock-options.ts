import { parseTimestamp, TapedeckError } from '../../market/index.ts';

/** What can be made to go wrong, with the rate that a bare name stands for. */
export const MOCK_FAULTS = {
  /** Per market minute. */
  disconnect: 0.2,
  silence: 0.2,
  'flash-crash': 0.1,
  /** Per event. */
  duplicate: 0.01,
  late: 0.005,
  'out-of-order': 0.01,
  malformed: 0.002,
} as const;

export type MockFault = keyof typeof MOCK_FAULTS;

export interface MockClockSetting {
  /** How many times faster than the base clock. */
  readonly speed: number;
  /** Market time at the start; null starts at the base clock's time. */
  readonly startMs: number | null;
}

export interface MockOptions {
  /** 0 to 2^32 - 1; the same seed is the same market, bit for bit. */
  readonly seed: number;
  readonly clock: MockClockSetting;
  readonly session: 'always' | 'us';
  /** Rate by fault: the chance per event, or per market minute for disconnect, silence and flash-crash. */
  readonly faults: Readonly<Partial<Record<MockFault, number>>>;
}

export const DEFAULT_MOCK_OPTIONS: MockOptions = {
  seed: 1,
  clock: { speed: 1, startMs: null },
  session: 'always',
  faults: {},
};

const MAXIMUM_SPEED = 3600;

/**
 * `seed=7,clock=10@2026-11-27T14:25:00Z,session=us,faults=late,duplicate:0.05`. A part without `=` goes on with the list
 * before it. Throws `bad-config` naming the option, the value and what would be right.
 */
export function parseMockOptions(text: string): MockOptions {
  const values = new Map<string, string[]>();
  let name = '';
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals < 0 && name !== 'faults') throw wrong('mock', part, 'NAME=VALUE, as in seed=7,session=us');
    if (equals < 0) {
      values.get('faults')?.push(part);
      continue;
    }
    name = part.slice(0, equals);
    if (values.has(name)) throw wrong(name, part.slice(equals + 1), 'the option once');
    values.set(name, [part.slice(equals + 1)]);
  }
  let options = DEFAULT_MOCK_OPTIONS;
  for (const [option, list] of values) options = { ...options, ...parseOption(option, list) };
  return options;
}

function parseOption(name: string, list: readonly string[]): Partial<MockOptions> {
  const value = list[0] ?? '';
  switch (name) {
    case 'seed':
      return { seed: parseSeed(value) };
    case 'clock':
      return { clock: parseClock(value) };
    case 'session':
      if (value !== 'always' && value !== 'us') throw wrong('session', value, 'always or us');
      return { session: value };
    case 'faults':
      return { faults: parseFaults(list) };
    default:
      throw wrong(name, value, 'one of seed, clock, session, faults');
  }
}

function parseSeed(value: string): number {
  const seed = Number(value);
  if (!/^\d+$/.test(value) || seed > 0xffff_ffff) throw wrong('seed', value, 'a whole number from 0 to 4294967295');
  return seed;
}

function parseClock(value: string): MockClockSetting {
  const right = `a speed above 0 and up to ${MAXIMUM_SPEED}, a start time such as 2026-11-27T14:25:00Z, or SPEED@START`;
  const at = value.indexOf('@');
  const isStartOnly = at < 0 && value.includes(':');
  const speedText = isStartOnly ? '1' : value.slice(0, at < 0 ? undefined : at);
  const startText = isStartOnly ? value : value.slice(at < 0 ? value.length : at + 1);
  const speed = /^\d+(\.\d+)?$/.test(speedText) ? Number(speedText) : Number.NaN;
  if (!(speed > 0 && speed <= MAXIMUM_SPEED) || (at >= 0 && startText === '')) throw wrong('clock', value, right);
  if (startText === '') return { speed, startMs: null };
  try {
    return { speed, startMs: parseTimestamp(startText).timeMs };
  } catch (cause) {
    throw wrong('clock', value, right, cause);
  }
}

function parseFaults(list: readonly string[]): MockOptions['faults'] {
  const faults: Partial<Record<MockFault, number>> = {};
  for (const entry of list) {
    if (entry === '') continue;
    const [fault = '', rateText] = entry.split(':', 2);
    if (fault !== 'all' && !isMockFault(fault)) {
      throw wrong(
        'faults',
        entry,
        `a list of ${Object.keys(MOCK_FAULTS).join(', ')} or all, each with :RATE if wanted`,
      );
    }
    const rate = rateText === undefined ? null : Number(rateText);
    if (rate !== null && (rateText === '' || !(rate >= 0 && rate <= 1))) {
      throw wrong('faults', entry, 'a rate from 0 to 1, as in duplicate:0.01');
    }
    for (const each of fault === 'all' ? mockFaultNames() : [fault]) faults[each] = rate ?? MOCK_FAULTS[each];
  }
  return faults;
}

function mockFaultNames(): readonly MockFault[] {
  return Object.keys(MOCK_FAULTS) as MockFault[];
}

function isMockFault(text: string): text is MockFault {
  return Object.hasOwn(MOCK_FAULTS, text);
}

function wrong(option: string, value: string, right: string, cause?: unknown): TapedeckError {
  const message = `--mock ${option}: ${JSON.stringify(value)} is not right; expected ${right}`;
  return new TapedeckError('bad-config', message, { cause });
}
