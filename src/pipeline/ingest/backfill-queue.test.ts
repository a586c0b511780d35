import { afterEach, describe, expect, it } from 'vitest';
import type { Feed, HistoryRequest } from '../../feeds/feed.ts';
import { FakeTime } from '../../testing/fake-time.ts';
import { candleOf } from '../../testing/store-rows.ts';
import { eventually } from '../../testing/pipeline-fixture.ts';
import type { RoleContext } from '../role-context.ts';
import { Backfill } from './backfill.ts';
import type { InstrumentRecorder } from './instrument-recorder.ts';
import type { WantedSymbols } from './wanted-symbols.ts';

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 10, 20, 15);

describe('the queue of the history', () => {
  const closing = new AbortController();
  afterEach(() => closing.abort());

  it('is asked again for a symbol that was left out and came back, for what it lacks since', async () => {
    const time = new FakeTime(NOW_MS);
    const { backfill, asked, store } = bench(time, closing.signal);
    store.newestMs = NOW_MS - 2 * MINUTE_MS;
    backfill.want(watching('AAPL', 'MSFT'), NOW_MS);
    await eventually('both have their history', () => asked('AAPL').length > 0 && asked('MSFT').length > 0);
    backfill.want(watching('MSFT'), NOW_MS);
    store.newestMs = NOW_MS - MINUTE_MS;
    time.advance(60 * MINUTE_MS);
    backfill.want(watching('AAPL', 'MSFT'), time.now());
    await eventually('the hour is asked for', () =>
      asked('AAPL').some(({ fromMs, toMs }) => fromMs === NOW_MS && toMs === NOW_MS + 60 * MINUTE_MS),
    );
    expect(asked('MSFT').some(({ toMs }) => toMs > NOW_MS)).toBe(false);
  });
});

function watching(...symbols: readonly string[]): WantedSymbols {
  return { symbols, charted: new Set() };
}

/** A store whose symbols all end at one backfilled minute, and a history that only writes down what it is asked for. */
function bench(time: FakeTime, signal: AbortSignal) {
  const requests: HistoryRequest[] = [];
  const store = { newestMs: 0 };
  const context = {
    options: {
      clock: time,
      metrics: { count: () => undefined },
      store: {
        candles: ({ interval, fromMs }: { readonly interval: string; readonly fromMs: number | null }) => {
          const openTimeMs = fromMs ?? store.newestMs;
          return Promise.resolve(
            interval === '1d' ? [] : [candleOf({ openTimeMs, source: 'backfill', isClosed: true })],
          );
        },
      },
    },
    health: { setQueue: () => undefined },
    errors: { report: () => undefined },
  } as unknown as RoleContext;
  const feed = {
    // oxlint-disable-next-line require-yield -- it has nothing to tell.
    async *history(request: HistoryRequest) {
      if (request.interval === '1m') requests.push(request);
    },
  } as unknown as Feed;
  const instruments = {
    record: () => Promise.resolve(),
    calendarOf: () => 'us-equities',
  } as unknown as InstrumentRecorder;
  const backfill = new Backfill(context, feed, instruments, signal);
  return { backfill, store, asked: (symbol: string) => requests.filter((request) => request.symbol === symbol) };
}
