import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Feed, HistoryRequest } from '../../feeds/feed.ts';
import { type Candle, type Interval, TapedeckError } from '../../market/index.ts';
import type { CandleQuery, Checkpoint } from '../../store/index.ts';
import { FakeTime } from '../../testing/fake-time.ts';
import { candleOf } from '../../testing/store-rows.ts';
import { eventually } from '../../testing/pipeline-fixture.ts';
import type { FailureReport } from '../error-reporter.ts';
import type { RoleContext } from '../role-context.ts';
import { Backfill } from './backfill.ts';
import type { PublisherParts } from './event-publisher.ts';
import type { WantedSymbols } from './wanted-symbols.ts';

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 10, 20, 15);
const AWAY = new TapedeckError('connection-lost', 'away', { retryable: true });

describe('the queue of the history', () => {
  let closing: AbortController;
  let time: FakeTime;

  beforeEach(() => {
    closing = new AbortController();
    time = new FakeTime(NOW_MS);
  });

  afterEach(() => closing.abort());

  it('is asked again for a symbol that was left out and came back, for what it lacks since', async () => {
    const store = new StoreEnds(NOW_MS - 2 * MINUTE_MS);
    const { backfill, asked } = bench(time, store, closing.signal);
    await backfill.begin();
    await backfill.want(watching('AAPL', 'MSFT'), NOW_MS);
    await eventually('both have their history', () => asked('AAPL').length > 0 && asked('MSFT').length > 0);
    await backfill.want(watching('MSFT'), NOW_MS);
    store.newestMs = NOW_MS - MINUTE_MS;
    time.advance(60 * MINUTE_MS);
    await backfill.want(watching('AAPL', 'MSFT'), time.now());
    await eventually('the hour is asked for', () =>
      asked('AAPL').some(({ fromMs, toMs }) => fromMs === NOW_MS && toMs === NOW_MS + 60 * MINUTE_MS),
    );
    expect(asked('MSFT').some(({ toMs }) => toMs > NOW_MS)).toBe(false);
  });

  it('is taken up by the next run from where it began, whatever the stream has stored by then', async () => {
    const store = new StoreEnds(NOW_MS - 600 * MINUTE_MS);
    const stopped = bench(time, store, closing.signal, () => new Promise(() => undefined));
    await stopped.backfill.begin();
    await stopped.backfill.want(watching('AAPL', 'MSFT', 'IBM'), NOW_MS);
    // Nothing is written down at a kill: what counts is stored before the stream says a word.
    store.newestMs = NOW_MS + 5 * MINUTE_MS;
    time.advance(10 * MINUTE_MS);
    const next = bench(time, store, closing.signal);
    await next.backfill.begin();
    await next.backfill.want(watching('AAPL', 'MSFT', 'IBM'), time.now());
    const missed = { fromMs: NOW_MS - 599 * MINUTE_MS, toMs: time.now() };
    await eventually('each is asked for all that it missed', () =>
      ['AAPL', 'MSFT', 'IBM'].every((symbol) =>
        next.asked(symbol).some(({ fromMs, toMs }) => fromMs === missed.fromMs && toMs === missed.toMs),
      ),
    );
    await eventually('that is paid', async () => {
      await next.backfill.pause();
      return store.debts() === '{}';
    });
    store.newestMs = time.now() - 2 * MINUTE_MS;
    const last = bench(time, store, closing.signal);
    await last.backfill.begin();
    await last.backfill.want(watching('AAPL'), time.now());
    await eventually('only the last minute is asked for', () => last.asked('AAPL').length > 0);
    expect(last.asked('AAPL')[0]).toMatchObject({ fromMs: time.now() - MINUTE_MS, toMs: time.now() });
  });

  it('keeps what came to a symbol while its history was fetched', async () => {
    const store = new StoreEnds(NOW_MS - 10 * MINUTE_MS);
    const answers: (() => void)[] = [];
    const { backfill, asked } = bench(time, store, closing.signal, () => new Promise((answer) => answers.push(answer)));
    await backfill.begin();
    await backfill.want(watching('AAPL'), NOW_MS);
    await eventually('it is asked for', () => asked('AAPL').length === 1);
    await backfill.want(watching(), NOW_MS);
    store.newestMs = NOW_MS + MINUTE_MS;
    time.advance(20 * MINUTE_MS);
    await backfill.want(watching('AAPL'), time.now());
    await eventually('it is asked for again', () => asked('AAPL').length === 2);
    answers[0]?.();
    answers[1]?.();
    const wholeStretch = { fromMs: NOW_MS - 9 * MINUTE_MS, toMs: time.now() };
    expect(asked('AAPL')[1]).toMatchObject(wholeStretch);
  });

  it('fetches what lies before the stream of a delayed feed once it is served', async () => {
    const store = new StoreEnds(NOW_MS - 600 * MINUTE_MS);
    const { backfill, asked } = bench(time, store, closing.signal, undefined, 15 * MINUTE_MS);
    await backfill.begin();
    await backfill.want(watching('AAPL'), NOW_MS + MINUTE_MS / 2);
    await eventually('what is served is asked for', () => asked('AAPL').length === 1);
    expect(asked('AAPL')[0]).toMatchObject({ fromMs: NOW_MS - 599 * MINUTE_MS, toMs: NOW_MS - 17 * MINUTE_MS });
    await eventually('the rest is queued', () => backfill.queueLength === 1);
    await backfill.pause();
    expect(store.debts()).not.toBe('{}');
    time.advance(18 * MINUTE_MS);
    await eventually('the rest is asked for', () => asked('AAPL').length === 2);
    expect(asked('AAPL')[1]).toMatchObject({ fromMs: NOW_MS - 17 * MINUTE_MS, toMs: NOW_MS - 14 * MINUTE_MS });
    await eventually('that is paid', async () => {
      await backfill.begin();
      await backfill.pause();
      return store.debts() === '{}';
    });
  });

  it('keeps what is queued where a wish for more could not be stored', async () => {
    const store = new StoreEnds(NOW_MS - 10 * MINUTE_MS);
    const answers: (() => void)[] = [];
    const { backfill, asked } = bench(time, store, closing.signal, () => new Promise((answer) => answers.push(answer)));
    await backfill.begin();
    await backfill.want(watching('AAPL', 'MSFT', 'IBM'), NOW_MS);
    await eventually('both workers are busy', () => answers.length === 2);
    store.isAway = true;
    const charted = { symbols: ['IBM', 'AAPL', 'MSFT', 'NVDA'], charted: new Set(['IBM']) };
    await expect(backfill.want(charted, NOW_MS)).rejects.toThrow('away');
    store.isAway = false;
    await backfill.want(watching('AAPL', 'MSFT', 'IBM'), NOW_MS);
    for (const answer of answers) answer();
    await eventually('the third is asked for', () => asked('IBM').length > 0);
  });

  it('knows what it owed before when it is asked for more while that is still read', async () => {
    const store = new StoreEnds(NOW_MS - 2 * MINUTE_MS);
    const { backfill } = bench(time, store, closing.signal, () => new Promise(() => undefined));
    const reading = store.holdReading();
    const begun = backfill.begin();
    const wanted = backfill.want(watching('AAPL'), NOW_MS);
    await new Promise((resolve) => setImmediate(resolve));
    reading.goOn();
    await Promise.all([begun, wanted]);
    await backfill.pause();
    expect(store.debts()).toContain('AAPL');
  });

  it('says once, not every second, that what is paid cannot be stored', async () => {
    const store = new StoreEnds(NOW_MS - 10 * MINUTE_MS);
    const { backfill, asked, reported } = bench(time, store, closing.signal);
    await backfill.begin();
    await backfill.want(watching('AAPL'), NOW_MS);
    store.isAway = true;
    await eventually('its history is asked for', () => asked('AAPL').length > 0);
    await eventually('it was tried three times', () => store.refusedSaves >= 3);
    await backfill.pause();
    expect(reported).toHaveLength(1);
  });

  it('begins with what the stream asks for where the record of what is owed is damaged', async () => {
    const store = new StoreEnds(NOW_MS - 2 * MINUTE_MS);
    await store.saveCheckpoint({ key: '', savedMs: 0, version: 1, state: new TextEncoder().encode('{"AAPL":{"own') });
    const { backfill, asked } = bench(time, store, closing.signal);
    await backfill.begin();
    await backfill.want(watching('AAPL'), NOW_MS);
    await eventually('its history is asked for', () => asked('AAPL').length > 0);
  });

  it('does not let the stream begin where it cannot store what is owed', async () => {
    const store = new StoreEnds(NOW_MS);
    store.isAway = true;
    const { backfill } = bench(time, store, closing.signal);
    await expect(backfill.begin()).rejects.toThrow('away');
    store.isAway = false;
    await backfill.begin();
    store.isAway = true;
    await expect(backfill.want(watching('AAPL'), NOW_MS)).rejects.toThrow('away');
  });
});

function watching(...symbols: readonly string[]): WantedSymbols {
  return { symbols, charted: new Set() };
}

/** A store whose symbols all end at one backfilled minute. */
class StoreEnds {
  newestMs: number;
  isAway = false;
  refusedSaves = 0;
  #checkpoint: Checkpoint | null = null;
  #reading: Promise<void> = Promise.resolve();

  constructor(newestMs: number) {
    this.newestMs = newestMs;
  }

  /** What is read from now on comes once told. */
  holdReading(): { goOn(): void } {
    let goOn = (): void => undefined;
    this.#reading = new Promise((resolve) => (goOn = resolve));
    return { goOn: () => goOn() };
  }

  debts(): string {
    return new TextDecoder().decode(this.#checkpoint?.state);
  }

  newestCandles(symbols: readonly string[], interval: Interval): Promise<readonly Candle[]> {
    if (interval === '1d') return Promise.resolve([]);
    const newest = { openTimeMs: this.newestMs, source: 'backfill', isClosed: true } as const;
    return Promise.resolve(symbols.map((symbol) => candleOf({ symbol, ...newest })));
  }

  candles({ fromMs }: CandleQuery): Promise<readonly Candle[]> {
    return Promise.resolve([candleOf({ openTimeMs: fromMs ?? 0 })]);
  }

  async loadCheckpoint(): Promise<Checkpoint | null> {
    if (this.isAway) throw AWAY;
    await this.#reading;
    return this.#checkpoint;
  }

  async saveCheckpoint(checkpoint: Checkpoint): Promise<boolean> {
    if (this.isAway) {
      this.refusedSaves += 1;
      throw AWAY;
    }
    this.#checkpoint = checkpoint;
    return true;
  }
}

/** A history that writes down which minutes it is asked for and has none. */
function bench(
  time: FakeTime,
  store: StoreEnds,
  signal: AbortSignal,
  answer = (): Promise<void> => Promise.resolve(),
  delayMs = 0,
) {
  const requests: HistoryRequest[] = [];
  const reported: FailureReport[] = [];
  const context = {
    options: { clock: time, metrics: { count: () => undefined }, store },
    wallClock: time,
    health: { setQueue: () => undefined },
    errors: { report: (report: FailureReport) => void reported.push(report), record: () => undefined },
  } as unknown as RoleContext;
  const feed = {
    name: 'mock',
    delayMs,
    // oxlint-disable-next-line require-yield -- it has nothing to tell.
    async *history(request: HistoryRequest) {
      if (request.interval === '1d') return;
      requests.push(request);
      await answer();
    },
  } as unknown as Feed;
  const instruments = { record: () => Promise.resolve(), calendarOf: () => 'us-equities' };
  const parts = { instruments } as unknown as PublisherParts;
  const backfill = new Backfill(context, feed, parts, signal);
  return { backfill, reported, asked: (symbol: string) => requests.filter((request) => request.symbol === symbol) };
}
