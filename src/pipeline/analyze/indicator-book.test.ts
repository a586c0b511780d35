import { beforeEach, describe, expect, it } from 'vitest';
import type { Candle } from '../../market/index.ts';
import { CLASSIC_PERIODS } from '../../testing/pipeline-fixture.ts';
import { BASE_MS, candleOf } from '../../testing/store-rows.ts';
import { IndicatorBook, type StaleSeries } from './indicator-book.ts';

const MINUTE_MS = 60_000;

describe('a series whose past has changed', () => {
  let book: IndicatorBook;
  const minute = (index: number, changes: Partial<Candle> = {}): Candle =>
    candleOf({ openTimeMs: BASE_MS + index * MINUTE_MS, close: 100 + index, isClosed: true, ...changes });
  const candles = Array.from({ length: 40 }, (_, index) => minute(index));
  const marked = (): StaleSeries => {
    const [stale] = book.staleSeries;
    if (stale === undefined) throw new Error('nothing is stale');
    return stale;
  };

  beforeEach(() => {
    book = new IndicatorBook(CLASSIC_PERIODS, new Set(['AAPL']));
    for (const candle of candles.slice(30)) book.update(candle);
    book.noteEnd(7);
  });

  it('is computed anew from the candles that the store has by then', () => {
    const stale = marked();
    expect(stale).toMatchObject({ fromMs: BASE_MS + 30 * MINUTE_MS, neededOffset: 7 });
    const sets = book.recompute(stale, candles.slice(0, 30), candles.slice(30));
    expect(sets.map(({ openTimeMs }) => openTimeMs)).toEqual(candles.slice(30).map(({ openTimeMs }) => openTimeMs));
    expect(book.staleSeries).toEqual([]);
    expect(book.update(minute(40))).not.toBeNull();
  });

  it('stays stale when it changes further back while its candles are read', () => {
    const stale = marked();
    book.update(minute(20, { revision: 9, close: 500 }));
    expect(book.recompute(stale, candles.slice(0, 30), candles.slice(30))).toEqual([]);
    expect(marked()).toMatchObject({ fromMs: BASE_MS + 20 * MINUTE_MS, neededOffset: null });
  });

  it('stays stale when a candle behind the newest changes while its candles are read', () => {
    const stale = marked();
    book.update(minute(33, { revision: 9, close: 500 }));
    expect(book.recompute(stale, candles.slice(0, 30), candles.slice(30))).toEqual([]);
    book.noteEnd(9);
    expect(marked()).toMatchObject({ fromMs: stale.fromMs, neededOffset: 9 });
    expect(book.recompute(marked(), candles.slice(0, 30), candles.slice(30))).toHaveLength(10);
    expect(book.staleSeries).toEqual([]);
  });

  it('is not held up by candles at its edge, which it has in hand', () => {
    const stale = marked();
    book.update(minute(40));
    const sets = book.recompute(stale, candles.slice(0, 30), candles.slice(30));
    expect(sets.at(-1)?.openTimeMs).toBe(BASE_MS + 40 * MINUTE_MS);
    expect(book.staleSeries).toEqual([]);
  });

  it('stays stale while candles leave its hands that the store may not hold yet', () => {
    const stale = marked();
    // As when a backlog is read: the store has come as far as was noted, and the candles are further already.
    for (let index = 40; index < 46; index++) book.update(minute(index));
    expect(book.recompute(stale, candles.slice(0, 30), candles.slice(30))).toEqual([]);
    book.noteEnd(13);
    const later = Array.from({ length: 16 }, (_, index) => minute(30 + index));
    const sets = book.recompute(marked(), candles.slice(0, 30), later);
    expect(sets.map(({ openTimeMs }) => openTimeMs)).toEqual(later.map(({ openTimeMs }) => openTimeMs));
    expect(book.staleSeries).toEqual([]);
  });
});

it('a candle that closes after the next one has begun leaves nothing to be computed anew', () => {
  const book = new IndicatorBook(CLASSIC_PERIODS, new Set());
  const minute = (index: number, changes: Partial<Candle> = {}): Candle =>
    candleOf({ openTimeMs: BASE_MS + index * MINUTE_MS, close: 100 + index, isClosed: true, ...changes });
  for (let index = 0; index < 39; index++) book.update(minute(index));
  book.update(minute(39, { isClosed: false, close: 100, revision: 1 }));
  expect(book.update(minute(40, { isClosed: false }))).toBeNull();
  expect(book.update(minute(39, { revision: 2 }))).toMatchObject({ openTimeMs: BASE_MS + 39 * MINUTE_MS });
  const open = book.update(minute(40, { isClosed: false, revision: 2 }));
  expect(book.staleSeries).toEqual([]);

  const undisturbed = new IndicatorBook(CLASSIC_PERIODS, new Set());
  for (let index = 0; index < 40; index++) undisturbed.update(minute(index));
  expect(open).toEqual(undisturbed.update(minute(40, { isClosed: false, revision: 2 })));
});
