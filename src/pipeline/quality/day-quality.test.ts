import { describe, expect, it } from 'vitest';
import { sessionCalendar, type StoredGap, UNTOUCHED_BACKFILL } from '../../market/index.ts';
import type { QueryStore } from '../../store/store.ts';
import { openStretches, readDayQuality } from './day-quality.ts';

const MINUTE_MS = 60_000;
const at = (text: string): number => Date.parse(text);

function gap(symbol: string | null, from: string, to: string, changes: Partial<StoredGap> = {}): StoredGap {
  return {
    id: `${symbol ?? '*'} ${from}`,
    symbol,
    reason: 'disconnect',
    fromMs: at(from),
    toMs: at(to),
    lostCount: null,
    detail: '',
    backfilledMs: null,
    backfill: UNTOUCHED_BACKFILL,
    ...changes,
  };
}

/** A store whose symbols have a candle in every minute of these stretches, by open time. */
function storeOf(candles: readonly (readonly [string, string])[], gaps: readonly StoredGap[] = []) {
  const minutes = candles.flatMap(([from, to]) => {
    const count = (at(to) - at(from)) / MINUTE_MS;
    return Array.from({ length: count }, (_, index) => at(from) + index * MINUTE_MS);
  });
  const instrument = { name: '', sector: '', industry: '', exchange: '', priceDecimals: 2 };
  const store: Pick<QueryStore, 'instruments' | 'gaps' | 'arrivalCounts' | 'minuteCounts'> = {
    instruments: () =>
      Promise.resolve([
        { ...instrument, symbol: 'AAPL', calendar: 'us-equities' },
        { ...instrument, symbol: 'BTC', calendar: 'always-open' },
      ]),
    gaps: () => Promise.resolve(gaps),
    arrivalCounts: () => Promise.resolve([]),
    minuteCounts: ({ symbols, fromMs, toMs }) => {
      const within = minutes.filter((minuteMs) => minuteMs >= fromMs && minuteMs < toMs);
      if (within.length === 0) return Promise.resolve([]);
      return Promise.resolve(
        (symbols ?? ['AAPL']).map((symbol) => ({
          symbol,
          coveredMinutes: within.length,
          trades: within.length,
          backfilledMinutes: 0,
          missingMinutes: 0,
          revisedCandles: 0,
          barsCompared: 0,
          barsDiffering: 0,
        })),
      );
    },
  };
  return store;
}

const LATER = at('2026-12-31T00:00:00Z');

describe('the quality of a day', () => {
  it.each([
    ['an ordinary day', '2026-11-20T05:00:00Z', '2026-11-20T14:30:00Z', '2026-11-20T21:00:00Z', 390],
    ['an early close', '2026-11-27T05:00:00Z', '2026-11-27T14:30:00Z', '2026-11-27T18:00:00Z', 210],
    [
      'the Monday after the clocks changed',
      '2026-11-02T05:00:00Z',
      '2026-11-02T14:30:00Z',
      '2026-11-02T21:00:00Z',
      390,
    ],
    ['the Friday before they changed', '2026-10-30T04:00:00Z', '2026-10-30T13:30:00Z', '2026-10-30T20:00:00Z', 390],
  ])('expects the minutes of the regular session on %s', async (_name, startsAt, open, close, minutes) => {
    const query = { symbols: ['AAPL'], fromMs: at(startsAt), toMs: at(close), nowMs: LATER };
    // Two hours before and one after the session count for nothing here.
    const around = [
      new Date(at(open) - 7_200_000).toISOString(),
      new Date(at(close) + 3_600_000).toISOString(),
    ] as const;
    const [day, ...others] = await readDayQuality(storeOf([around]), query);
    expect(others).toEqual([]);
    expect(day).toMatchObject({ symbol: 'AAPL', expectedMinutes: minutes, coveredMinutes: minutes, missingMinutes: 0 });
    expect(day?.startMs).toBe(at(startsAt));
  });

  it('knows no day on a holiday or a weekend, and every day of what is always open', async () => {
    const holiday = { fromMs: at('2026-11-26T05:00:00Z'), toMs: at('2026-11-27T05:00:00Z'), nowMs: LATER };
    const store = storeOf([['2026-11-26T00:00:00Z', '2026-11-29T00:00:00Z']]);
    expect(await readDayQuality(store, { ...holiday, symbols: ['AAPL'] })).toEqual([]);
    const weekend = { fromMs: at('2026-11-28T06:00:00Z'), toMs: at('2026-11-29T00:00:00Z'), nowMs: LATER };
    expect(await readDayQuality(store, { ...weekend, symbols: ['AAPL', 'BTC'] })).toMatchObject([
      { day: '2026-11-28', symbol: 'BTC', expectedMinutes: 1_440, coveredMinutes: 1_440 },
    ]);
  });

  it('reads the candles of a calendar’s days once, in slices that a session does not cross, and no day more than asked', async () => {
    const from = '2026-11-18T14:00:00Z';
    const inner = storeOf([[from, '2026-11-20T21:30:00Z']]);
    const slices: { readonly fromMs: number; readonly toMs: number }[] = [];
    const store = {
      ...inner,
      minuteCounts: (stretch: Parameters<typeof inner.minuteCounts>[0]) => {
        slices.push(stretch);
        return inner.minuteCounts(stretch);
      },
    };
    const query = { symbols: ['AAPL'], fromMs: at(from), toMs: at('2026-11-21T05:00:00Z'), nowMs: LATER };
    const isEnough = (rows: readonly unknown[]): boolean => rows.length >= 2;
    const days = await readDayQuality(store, { ...query, isEnough });
    expect(days.map(({ day, coveredMinutes }) => [day, coveredMinutes])).toEqual([
      ['2026-11-18', 390],
      ['2026-11-19', 390],
    ]);
    expect(slices.map(({ toMs }) => toMs).slice(0, -1)).toEqual(slices.map(({ fromMs }) => fromMs).slice(1));
    expect(slices.map(({ fromMs }) => fromMs)).toContain(at('2026-11-19T14:30:00Z'));
    const many = ['AAPL', ...Array.from({ length: 200 }, (_, index) => `S${String(index)}`)];
    expect(await readDayQuality(inner, { ...query, symbols: many, isEnough })).toEqual(days);
  });

  it('expects of a running day only the minutes that are over', async () => {
    const nowMs = at('2026-11-20T15:00:30Z');
    const query = { symbols: ['AAPL'], fromMs: at('2026-11-20T05:00:00Z'), toMs: nowMs, nowMs };
    const [day] = await readDayQuality(storeOf([['2026-11-20T14:30:00Z', '2026-11-20T14:59:00Z']]), query);
    expect(day).toMatchObject({ expectedMinutes: 30, coveredMinutes: 29, missingMinutes: 0 });
  });

  it('misses no minute in which nobody traded, and those that an open gap covers until it is repaired', async () => {
    const candles = [['2026-11-20T14:30:00Z', '2026-11-20T15:00:00Z']] as const;
    const query = {
      symbols: ['AAPL'],
      fromMs: at('2026-11-20T05:00:00Z'),
      toMs: at('2026-11-21T05:00:00Z'),
      nowMs: LATER,
    };
    const halted = await readDayQuality(storeOf(candles), query);
    expect(halted).toMatchObject([{ coveredMinutes: 30, missingMinutes: 0, gaps: 0 }]);
    const gaps = [
      gap(null, '2026-11-20T14:58:30Z', '2026-11-20T15:05:00Z'),
      gap('AAPL', '2026-11-20T15:04:00Z', '2026-11-20T15:10:00Z'),
      gap('AAPL', '2026-11-20T20:50:00Z', '2026-11-20T22:00:00Z'),
      gap('MSFT', '2026-11-20T16:00:00Z', '2026-11-20T17:00:00Z'),
    ];
    expect(await readDayQuality(storeOf(candles, gaps), query)).toMatchObject([
      { missingMinutes: 5 + 5 + 10, gaps: 3, openGaps: 3 },
    ]);
    const repaired = gaps.map((one) => ({ ...one, backfilledMs: LATER }));
    expect(await readDayQuality(storeOf(candles, repaired), query)).toMatchObject([
      { missingMinutes: 0, gaps: 3, openGaps: 0 },
    ]);
  });
});

describe('what open gaps cover', () => {
  const [day] = sessionCalendar('us-equities').days(at('2026-11-20T05:00:00Z'), at('2026-11-21T05:00:00Z'));
  const session = { fromMs: day?.openMs ?? 0, toMs: day?.closeMs ?? 0 };

  it('is counted once where gaps overlap, in whole minutes, within the session', () => {
    const stretches = openStretches(
      [
        gap(null, '2026-11-20T14:00:00Z', '2026-11-20T14:31:10Z'),
        gap(null, '2026-11-20T14:31:40Z', '2026-11-20T14:32:00Z'),
        gap('AAPL', '2026-11-20T14:30:00Z', '2026-11-20T14:34:00Z'),
        gap('AAPL', '2026-11-20T14:33:00Z', '2026-11-20T14:35:00Z'),
      ],
      session,
    );
    const text = stretches.map(({ symbol, fromMs, toMs }) =>
      [symbol ?? '*', ...[fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(11, 16))].join(' '),
    );
    expect(text).toEqual(['* 14:30 14:32', 'AAPL 14:32 14:35']);
  });
});
