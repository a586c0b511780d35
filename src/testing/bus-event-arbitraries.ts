import * as fc from 'fast-check';
import type { TopicEvents, TopicKind } from '../bus/bus.ts';
import { FIRST_EVENT_MS, INTERVALS, LAST_EVENT_MS } from '../market/index.ts';
import { SAMPLE_EVENTS } from './bus-events.ts';

const symbol = fc.stringMatching(/^(\^|[A-Z0-9])[A-Z0-9./^=-]{0,19}$/);
const positive = fc.oneof(
  fc.integer({ min: 1, max: 1_000_000 }).map((ticks) => ticks / 100),
  fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }),
);
// JSON has no negative zero.
const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const nonNegative = fc.oneof(fc.constant(0), positive);
const count = fc.maxSafeNat();
const text = fc.string({ unit: 'binary', maxLength: 60 });
const timeMs = fc.oneof(
  fc.integer({ min: FIRST_EVENT_MS, max: LAST_EVENT_MS }),
  fc.constantFrom(FIRST_EVENT_MS, -1, 0, LAST_EVENT_MS),
);
const common = {
  symbol,
  timeMs,
  nanosOfMs: fc.integer({ min: 0, max: 999_999 }),
  source: fc.constantFrom('live', 'backfill', 'replay', 'mock'),
  provider: text,
  receivedMs: timeMs,
};
const label = fc.string({ unit: 'binary', maxLength: 200 });
const texts = fc.array(text, { maxLength: 3 });
const prices = fc.tuple(positive, positive, positive, positive).map(([open, close, one, other]) => ({
  open,
  close,
  high: Math.max(open, close, one, other),
  low: Math.min(open, close, one, other),
}));
const interval = fc.constantFrom(...INTERVALS);
const sample = (kind: TopicKind): fc.Arbitrary<object> => fc.constantFrom(...SAMPLE_EVENTS[kind]);

/** Fields at random over a sample of the same type, so that every field is there. */
function varied(base: fc.Arbitrary<object>, ...fields: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> {
  return fc.tuple(base, ...fields).map((parts) => Object.assign({}, ...parts) as object);
}

const print = { ...common, price: positive, size: nonNegative, exchange: label, tape: label, conditions: texts };
const id = label.filter((given) => given !== '');

/** Events as every part of the program may publish them. */
export const EVENTS: { readonly [K in TopicKind]: fc.Arbitrary<TopicEvents[K]> } = {
  trades: fc.oneof(
    fc.record({ type: fc.constant('trade'), ...print, id, sequence: fc.option(count) }),
    fc.record({ type: fc.constant('correction'), ...print, originalId: id, id }),
    fc.record({ type: fc.constant('cancel'), ...common, exchange: text, tape: text, originalId: id }),
  ),
  quotes: varied(
    sample('quotes'),
    fc.record({ ...common, bid: nonNegative, bidSize: nonNegative, ask: nonNegative, askSize: nonNegative }),
    fc.record({ exchange: text, conditions: texts }),
  ) as fc.Arbitrary<TopicEvents['quotes']>,
  bars: varied(
    sample('bars'),
    fc.record({ ...common, volume: nonNegative, vwap: fc.option(positive), tradeCount: count, isUpdate: fc.boolean() }),
    prices,
  ) as fc.Arbitrary<TopicEvents['bars']>,
  statuses: varied(
    sample('statuses'),
    fc.record({ ...common, phase: fc.constantFrom('trading', 'halted', 'quoting'), reason: text, statusCode: text }),
  ) as fc.Arbitrary<TopicEvents['statuses']>,
  candles: varied(
    sample('candles'),
    fc.record({ symbol, interval, openTimeMs: timeMs, volume: nonNegative, vwap: fc.option(positive) }),
    fc.record({ tradeCount: count, revision: count, isClosed: fc.boolean() }),
    prices,
  ) as fc.Arbitrary<TopicEvents['candles']>,
  indicators: varied(
    sample('indicators'),
    fc.record({ symbol, interval, openTimeMs: timeMs, revision: count, isClosed: fc.boolean() }),
    fc.record({
      values: fc.dictionary(fc.stringMatching(/^[a-z0-9.-]{1,12}$/), anyNumber),
    }),
  ) as fc.Arbitrary<TopicEvents['indicators']>,
  alerts: varied(
    sample('alerts'),
    fc.record({ id: text, ruleId: text, symbol, timeMs, price: positive, message: text }),
    fc.record({ value: anyNumber }),
  ) as fc.Arbitrary<TopicEvents['alerts']>,
  control: varied(sample('control'), fc.record({ client: text, timeMs, symbols: texts })) as fc.Arbitrary<
    TopicEvents['control']
  >,
  'dead-letters': varied(
    sample('dead-letters'),
    fc.record({ origin: text, topic: text, partition: fc.option(count), position: fc.option(count), timeMs }),
    fc.record({ reason: text, payload: text }),
  ) as fc.Arbitrary<TopicEvents['dead-letters']>,
};

const ODD_WORDS = ',A,a b,AAPL,1,1m,1d,2m,live,trade,correction,cancel,quote,halted,feed-bar';
const ODD_TIMES = `2026-02-28T23:59:59Z,2026-02-29T00:00:00Z,2024-02-29 00:00:00.123456789+23:59,1900-02-29T00:00:00Z,\
2000-02-29t00:00:00z,2026-04-31T00:00:00Z,2026-13-01T00:00:00Z,2026-00-01T00:00:00Z,2026-01-01T24:00:00Z,\
2026-01-01T00:00:60Z,2026-01-01T00:00:00,2026-01-01T00:00:00.1234567890Z,2026-01-01T00:00:00+24:00,\
2026-01-01T00:00:00-00:60,2026-01-01T00:00:00.Z,0000-02-29T00:00:00Z,0001-01-01T00:00:00Z,1677-12-31T23:59:59Z,\
1678-01-01T00:00:00Z,1678-01-01T00:00:00+23:59,1689-01-01T00:00:00Z,1600-02-29T00:00:00Z,2199-12-31T23:59:59Z,\
2260-02-29T00:00:00Z,2261-12-31T23:59:59.999999999Z,2261-12-31T23:59:59-23:59,2262-01-01T00:00:00Z,9999-12-31T23:59:59Z`;
const ODD_LENGTHS = ['x', '\u{1F4C8}'].flatMap((character) => [character.repeat(200), character.repeat(201)]);
const ODD_LITERALS = `null true 0 -0 -1 1 2 0.5 1e400 -1e400 9007199254740991 9007199254740992 -9007199254740993 \
[] [1] ["A"] [null] {} {"a":1}`;

/** What a field must not, or only just, be; as JSON texts, because JSON can write numbers that JavaScript cannot hold. */
export const ODD_JSON: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ODD_LITERALS.split(' ')),
  fc.constantFrom(...`${ODD_WORDS},${ODD_TIMES}`.split(','), ...ODD_LENGTHS).map((word) => JSON.stringify(word)),
);

/** What a careless computation might leave in a field of an event. */
export const ODD_VALUES: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0, -0, 0.5, 2 ** 53, 1e300, 8.64e15, -1e15, 1_000_000, 10n),
  fc.constantFrom(FIRST_EVENT_MS - 1, FIRST_EVENT_MS, LAST_EVENT_MS, LAST_EVENT_MS + 1, ...ODD_LENGTHS),
  fc.constantFrom('', 'A', 'a"b', 'x\ny', '1m', '2m', 'live', 'rumour', 'trade', 'cancel', undefined, null, true),
  fc.constantFrom([], [1], ['a'], [undefined], {}, { a: Number.NaN }),
);
