import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candle, Interval, Trade, TradeCancel, TradeCorrection, TradeEvent } from '../../market/index.ts';
import {
  INTERVALS,
  INTERVAL_MS,
  compareTradeTime,
  isWithdrawn,
  printEffect,
  sessionCalendar,
} from '../../market/index.ts';
import { buildCandles } from './build-candles.ts';
import { createCandleBuilder } from './candle-book.ts';
import type { CandleBuilder, CandleBuilderOptions } from './candle-builder.ts';

/** 13:20 New York on a Monday in summer; the four hours below reach past the close, within one day. */
const START_MS = Date.parse('2026-07-13T17:20:00Z');
const calendarOf = (): 'us-equities' => 'us-equities';
const RECEIVED_MS = START_MS + 86_400_000;
const origin = { source: 'live', provider: 'alpaca', receivedMs: RECEIVED_MS, exchange: 'V', tape: 'C' } as const;

const tradeArbitrary = fc.record({
  symbol: fc.constantFrom('AAPL', 'MSFT'),
  // Few instants and long gaps, so that ties, late prints and evicted minutes all come up.
  offsetMs: fc.oneof(
    fc.integer({ min: 0, max: 90_000 }),
    fc.integer({ min: 0, max: 4 * 3_600_000 }),
    fc.constant(61_000),
  ),
  sequence: fc.constantFrom(null, 0, 1, 2),
  cents: fc.integer({ min: 9_900, max: 10_100 }),
  size: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.double({ min: 0.001, max: 3, noNaN: true })),
  conditions: fc.constantFrom<readonly string[]>([], ['@'], ['@', 'I'], ['Z'], ['T'], ['T', 'I'], ['Q'], ['W'], ['9']),
  amendments: fc.array(
    fc.record({
      isCancel: fc.boolean(),
      followsChain: fc.boolean(),
      issuesId: fc.boolean(),
      delayMs: fc.integer({ min: 0, max: 5_000 }),
      cents: fc.integer({ min: 9_000, max: 11_000 }),
      size: fc.integer({ min: 1, max: 900 }),
      conditions: fc.constantFrom<readonly string[]>(['@'], ['I'], ['Z']),
    }),
    { maxLength: 3 },
  ),
});

const arrivalArbitrary = fc
  .array(tradeArbitrary, { minLength: 1, maxLength: 25 })
  .map((drafts) => drafts.flatMap((draft, index) => eventsOf(draft, index)))
  .chain((events) =>
    fc.record({
      events: fc
        .array(fc.constantFrom(...events), { maxLength: 20 })
        .chain((repeats) =>
          fc.shuffledSubarray([...events, ...repeats], { minLength: events.length + repeats.length }),
        ),
      drainEvery: fc.integer({ min: 1, max: 12 }),
      restartEvery: fc.integer({ min: 2, max: 9 }),
    }),
  );

type Draft = typeof tradeArbitrary extends fc.Arbitrary<infer T> ? T : never;

function eventsOf(draft: Draft, index: number): readonly TradeEvent[] {
  const symbol = draft.symbol;
  const trade: Trade = {
    type: 'trade',
    ...origin,
    symbol,
    timeMs: START_MS + draft.offsetMs,
    nanosOfMs: 0,
    price: draft.cents / 100,
    size: draft.size,
    id: `${index}`,
    conditions: draft.conditions,
    sequence: draft.sequence,
  };
  const events: TradeEvent[] = [trade];
  let lastId = trade.id;
  for (const [step, amendment] of draft.amendments.entries()) {
    const at = { symbol, timeMs: trade.timeMs + amendment.delayMs, nanosOfMs: step };
    const originalId = amendment.followsChain ? lastId : trade.id;
    if (amendment.isCancel) {
      events.push({ type: 'cancel', ...origin, ...at, originalId } satisfies TradeCancel);
      continue;
    }
    const id = amendment.issuesId ? `${index}-${step}` : originalId;
    const { size, conditions } = amendment;
    const price = amendment.cents / 100;
    events.push({
      type: 'correction',
      ...origin,
      ...at,
      originalId,
      id,
      price,
      size,
      conditions,
    } satisfies TradeCorrection);
    lastId = id;
  }
  return events;
}

describe('candles from trades', { timeout: 60_000 }, () => {
  it('equal an independent computation for any order of arrival, with repeats, late prints, corrections and cancels', () => {
    fc.assert(
      fc.property(arrivalArbitrary, ({ events, drainEvery }) => {
        const builder = createCandleBuilder({ ...roomy, calendarOf });
        const newest = collect(builder, events, drainEvery, () => builder);
        expect(newest).toEqual(independentCandles(events));
      }),
      { numRuns: 250 },
    );
  });

  it('equal the same when minutes leave memory at once and are rebuilt from the store', () => {
    fc.assert(
      fc.property(arrivalArbitrary, ({ events, drainEvery }) => {
        const builder = createCandleBuilder({ ...forgetful, calendarOf });
        expect(collect(builder, events, drainEvery, () => builder)).toEqual(independentCandles(events));
      }),
      { numRuns: 25 },
    );
  });

  it('equal the same when the builder is restarted from its state again and again', () => {
    fc.assert(
      fc.property(arrivalArbitrary, ({ events, drainEvery, restartEvery }) => {
        let drains = 0;
        const restart = (builder: CandleBuilder): CandleBuilder =>
          ++drains % restartEvery === 0
            ? createCandleBuilder({ ...forgetful, calendarOf }, builder.toState())
            : builder;
        const builder = createCandleBuilder({ ...forgetful, calendarOf });
        expect(collect(builder, events, drainEvery, restart)).toEqual(independentCandles(events));
      }),
      { numRuns: 25 },
    );
  });

  it('equal what buildCandles makes of the stored events', () => {
    fc.assert(
      fc.property(arrivalArbitrary, ({ events }) => {
        const built = new Map(buildCandles(events, [], calendarOf).map((candle) => [keyOf(candle), candle]));
        expect(sorted(built)).toEqual(independentCandles(events));
      }),
      { numRuns: 250 },
    );
  });
});

const roomy: Omit<CandleBuilderOptions, 'calendarOf'> = {
  allowedLatenessMs: 1_000,
  retainPrintsMs: Infinity,
  maxRetainedPrints: Infinity,
};
const forgetful = { ...roomy, retainPrintsMs: 2_000, maxRetainedPrints: 0 };

/** The newest state of every candle that comes out, answering rebuilds from what has been read so far. */
function collect(
  first: CandleBuilder,
  events: readonly TradeEvent[],
  drainEvery: number,
  next: (builder: CandleBuilder) => CandleBuilder,
): readonly Candle[] {
  const newest = new Map<string, Candle>();
  let builder = first;
  const drain = (read: number): void => {
    for (let round = 0; round < 200; round++) {
      const { candles, rebuilds } = builder.drain();
      for (const candle of candles) {
        const known = newest.get(keyOf(candle));
        if (known !== undefined) expect(candle.revision).toBeGreaterThanOrEqual(known.revision);
        newest.set(keyOf(candle), candle);
      }
      const stored = events.slice(0, read).toSorted(inStoreOrder);
      for (const request of rebuilds) {
        const wanted = stored.filter((event) => event.symbol === request.symbol && isIn(event, stored, request));
        expect(builder.applyRebuild(request, wanted, [])).toBe('rebuilt');
      }
      if (rebuilds.length === 0 && candles.length === 0 && round > 20) return;
    }
  };
  for (const [index, event] of events.entries()) {
    builder.add(event);
    if ((index + 1) % drainEvery !== 0) continue;
    drain(index + 1);
    builder = next(builder);
  }
  builder.advanceTo(START_MS + 48 * 3_600_000);
  drain(events.length);
  return sorted(newest);
}

function isIn(event: TradeEvent, stored: readonly TradeEvent[], range: { fromMs: number; toMs: number }): boolean {
  const timeMs = event.type === 'trade' ? event.timeMs : (rootOf(event, stored)?.root.timeMs ?? Number.NaN);
  return timeMs >= range.fromMs && timeMs < range.toMs;
}

function inStoreOrder(a: TradeEvent, b: TradeEvent): number {
  const sequenceOf = (event: TradeEvent): number | null => (event.type === 'trade' ? event.sequence : null);
  return compareTradeTime({ ...a, sequence: sequenceOf(a) }, { ...b, sequence: sequenceOf(b) });
}

function keyOf(candle: Candle): string {
  return `${candle.symbol} ${INTERVALS.indexOf(candle.interval)} ${candle.openTimeMs} ${candle.source}`;
}

function sorted(candles: ReadonlyMap<string, Candle>): readonly Candle[] {
  return [...candles]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, candle]) => candle)
    .filter((candle) => !isWithdrawn(candle));
}

// From here on the independent computation: whole lists, sorting, big integers, nothing incremental.

function rootOf(
  amendment: TradeCorrection | TradeCancel,
  events: readonly TradeEvent[],
): { readonly root: Trade; readonly depth: number } | null {
  const symbolEvents = events.filter((event) => event.symbol === amendment.symbol);
  let id = amendment.originalId;
  for (let depth = 1; depth < 10; depth++) {
    const wanted = id;
    const root = symbolEvents.find((event): event is Trade => event.type === 'trade' && event.id === wanted);
    if (root !== undefined) return { root, depth };
    const issuer = symbolEvents.find(
      (event): event is TradeCorrection =>
        event.type === 'correction' && event.id === wanted && event.originalId !== wanted,
    );
    if (issuer === undefined) return null;
    id = issuer.originalId;
  }
  return null;
}

interface Print {
  readonly trade: Trade;
  readonly arrival: number;
  readonly price: number;
  readonly size: number;
  readonly conditions: readonly string[];
  readonly isCancelled: boolean;
  readonly inputs: number;
}

function printsOf(events: readonly TradeEvent[]): readonly Print[] {
  const seen = new Set<TradeEvent>(events);
  const distinct = [...seen];
  return distinct
    .filter((event): event is Trade => event.type === 'trade')
    .map((trade): Print => {
      const group = distinct
        .filter((event): event is TradeCorrection | TradeCancel => event.type !== 'trade')
        .map((event) => ({ event, found: rootOf(event, distinct) }))
        .filter(({ found }) => found?.root === trade)
        .toSorted(
          (a, b) =>
            a.event.timeMs - b.event.timeMs ||
            a.event.nanosOfMs - b.event.nanosOfMs ||
            (a.found?.depth ?? 0) - (b.found?.depth ?? 0),
        );
      const last = group.findLast(({ event }) => event.type === 'correction')?.event;
      const corrected = last?.type === 'correction' ? last : trade;
      return {
        trade,
        arrival: events.indexOf(trade),
        price: corrected.price,
        size: corrected.size,
        conditions: corrected.conditions,
        isCancelled: group.some(({ event }) => event.type === 'cancel'),
        inputs: 1 + group.length,
      };
    });
}

function bucketStart(interval: Interval, timeMs: number): number {
  if (interval === '1d') return sessionCalendar('us-equities').tradingDay(timeMs)?.startMs ?? Number.NaN;
  return timeMs - (timeMs % INTERVAL_MS[interval]);
}

function independentCandles(events: readonly TradeEvent[]): readonly Candle[] {
  const prints = printsOf(events).toSorted((a, b) => compareTradeTime(a.trade, b.trade) || a.arrival - b.arrival);
  const candles = new Map<string, Candle>();
  for (const interval of INTERVALS) {
    const groups = groupBy(prints, ({ trade }) => `${trade.symbol} ${bucketStart(interval, trade.timeMs)}`);
    for (const group of groups.values()) {
      const candle = independentCandle(interval, group);
      if (candle !== null) candles.set(keyOf(candle), candle);
    }
  }
  return sorted(candles);
}

function independentCandle(interval: Interval, group: readonly Print[]): Candle | null {
  const live = group.filter((print) => !print.isCancelled);
  const effectOf = (print: Print): ReturnType<typeof printEffect> => printEffect('alpaca', 'C', print.conditions);
  const isRegular = (print: Print): boolean =>
    print.conditions.length > 0 || sessionCalendar('us-equities').phaseAt(print.trade.timeMs) === 'open';
  const counts = (print: Print): boolean => interval !== '1d' || (effectOf(print).dailyPrices && isRegular(print));
  const last = live.filter((print) => effectOf(print).last && counts(print)).map((print) => print.price);
  const range = live.filter((print) => effectOf(print).highLow && counts(print)).map((print) => print.price);
  const volumes = live.filter((print) => effectOf(print).volume);
  const first = group[0]?.trade;
  const open = last[0];
  const close = last.at(-1);
  if (first === undefined || open === undefined || close === undefined) return null;
  const volume = exactSum(volumes.map((print) => print.size));
  return {
    symbol: first.symbol,
    interval,
    openTimeMs: bucketStart(interval, first.timeMs),
    open,
    high: Math.max(...range),
    low: Math.min(...range),
    close,
    volume,
    vwap: volume > 0 ? exactSum(volumes.map((print) => print.price * print.size)) / volume : null,
    tradeCount: live.filter((print) => effectOf(print).volume || effectOf(print).last).length,
    revision: group.reduce((sum, print) => sum + print.inputs, 0),
    isClosed: true,
    source: 'live',
  };
}

function exactSum(terms: readonly number[]): number {
  const unit = 2n ** 52n;
  const total = terms.reduce(
    (sum, term) => sum + BigInt(Math.floor(term)) * unit + BigInt(Math.round((term - Math.floor(term)) * 2 ** 52)),
    0n,
  );
  return Number(total / unit) + Number(total % unit) / 2 ** 52;
}

function groupBy<T>(items: readonly T[], keyOfItem: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOfItem(item), [...(groups.get(keyOfItem(item)) ?? []), item]);
  return groups;
}
