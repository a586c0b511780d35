import { describe, expect, it } from 'vitest';
import type { Feed } from '../../feeds/feed.ts';
import { type GapBackfill, type StoredGap, silentLog, TapedeckError, UNTOUCHED_BACKFILL } from '../../market/index.ts';
import { FakeTime } from '../../testing/fake-time.ts';
import type { RoleContext } from '../role-context.ts';
import type { Backfill } from './backfill.ts';
import { GapRepair } from './gap-repair.ts';
import type { InstrumentRecorder } from './instrument-recorder.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A Friday in the regular session. */
const START_MS = Date.UTC(2026, 10, 20, 15);
const AWAY = new TapedeckError('connection-lost', 'away', { retryable: true });

interface Job {
  readonly priority: number;
  readonly notBeforeMs: number;
  run(): Promise<void>;
}

/** A ledger of one gap and a history that answers what `minutes` says; jobs run when told. */
function bench(changes: Partial<StoredGap> = {}, source: Feed['source'] = 'live', delayMs = 0) {
  const time = new FakeTime(START_MS + 10 * MINUTE_MS);
  const closing = new AbortController();
  const saved: GapBackfill[] = [];
  const jobs: Job[] = [];
  const history: { minutes: (symbol: string, fromMs: number, toMs: number) => Promise<number> } = {
    minutes: () => Promise.resolve(1),
  };
  let gap: StoredGap = {
    id: 'g',
    symbol: 'AAPL',
    reason: 'disconnect',
    fromMs: START_MS + 10_000,
    toMs: START_MS + 130_000,
    lostCount: null,
    detail: '',
    backfilledMs: null,
    backfill: UNTOUCHED_BACKFILL,
    ...changes,
  };
  const store = {
    pendingGaps: () => Promise.resolve(['open', 'queued', 'running'].includes(gap.backfill.state) ? [gap] : []),
    setBackfill: (_id: string, backfill: GapBackfill) => {
      saved.push(backfill);
      gap = { ...gap, backfill };
      return Promise.resolve(true);
    },
  };
  const context = {
    options: { store, clock: time, metrics: { count: () => undefined } },
    errors: { report: () => undefined },
    log: silentLog,
  } as unknown as RoleContext;
  const backfill = {
    schedule: (priority: number, notBeforeMs: number, run: Job['run']) => jobs.push({ priority, notBeforeMs, run }),
    minutes: (symbol: string, fromMs: number, toMs: number) => history.minutes(symbol, fromMs, toMs),
  } as unknown as Backfill;
  const instruments = { calendarOf: () => 'us-equities' } as unknown as InstrumentRecorder;
  const wanted: string[] = ['AAPL', 'MSFT'];
  const parts = { backfill, instruments, wanted: () => wanted, signal: closing.signal };
  const repair = new GapRepair(context, { source, delayMs } as Feed, parts);
  const round = async (): Promise<void> => {
    await repair.takeUp();
    for (const job of jobs.splice(0)) await job.run();
  };
  return { time, closing, saved, jobs, history, wanted, repair, round, state: () => gap.backfill };
}

describe('the repair of a gap', () => {
  it('is running while whole minutes are fetched for each symbol, and then done', async () => {
    const { saved, history, round, state } = bench({ symbol: null });
    const asked: unknown[] = [];
    history.minutes = (...query) => {
      asked.push(query);
      return Promise.resolve(3);
    };
    await round();
    expect(asked).toEqual(['AAPL', 'MSFT'].map((symbol) => [symbol, START_MS, START_MS + 3 * MINUTE_MS]));
    expect(
      saved.map(({ state: at, symbolsDone, symbolsTotal, bars }) => [at, symbolsDone, symbolsTotal, bars]),
    ).toEqual([
      ['running', 0, 2, 0],
      ['running', 1, 2, 3],
      ['done', 2, 2, 6],
    ]);
    expect(state().note).toBe('');
  });

  it.each([
    ['fails', () => Promise.reject(AWAY), 'open'],
    ['holds nothing yet', () => Promise.resolve(0), 'open'],
    ['fails for what was asked for', () => Promise.reject(AWAY), 'queued'],
  ] as const)('is tried again later and later where the history %s', async (_name, minutes, before) => {
    const { time, history, jobs, repair, round, state } = bench({
      backfill: { ...UNTOUCHED_BACKFILL, state: before },
    });
    history.minutes = minutes;
    for (const [attempt, delayMs] of [15_000, 60_000, 300_000, 1_200_000, 3_600_000].entries()) {
      await round();
      expect(state()).toMatchObject({ state: before, attempts: attempt + 1, nextAttemptMs: time.now() + delayMs });
      expect(state().note).not.toBe('');
      time.advance(delayMs - 1);
      await repair.takeUp();
      expect(jobs).toEqual([]);
      time.advance(1);
    }
  });

  it('is over when the history holds nothing after the last try, or at once where no minute is expected', async () => {
    const spent = bench({ backfill: { ...UNTOUCHED_BACKFILL, attempts: 5 } });
    const atNight = bench({ fromMs: START_MS - 13 * 3_600_000, toMs: START_MS - 13 * 3_600_000 + 1 });
    for (const { history, round, state } of [spent, atNight]) {
      history.minutes = () => Promise.resolve(0);
      await round();
      expect(state()).toMatchObject({
        state: 'done',
        bars: 0,
        note: expect.stringContaining('nobody traded') as string,
      });
    }
  });

  it('is impossible where no later try would help, and for a replay that is asked', async () => {
    const refused = bench();
    refused.history.minutes = () => Promise.reject(new TapedeckError('plan-limit', 'not in this plan'));
    await refused.round();
    expect(refused.state()).toMatchObject({ state: 'impossible', nextAttemptMs: null });
    const replay = bench({ backfill: { ...UNTOUCHED_BACKFILL, state: 'queued' } }, 'replay');
    await replay.round();
    expect(replay.state()).toMatchObject({ state: 'impossible', note: 'A replay has no history to fetch from.' });
    const unasked = bench({}, 'replay');
    await unasked.round();
    expect(unasked.saved).toEqual([]);
  });

  it('waits for symbols where none is watched', async () => {
    const { wanted, round, state } = bench({ symbol: null });
    wanted.length = 0;
    await round();
    expect(state()).toMatchObject({ state: 'open', attempts: 1 });
  });

  it('goes first and however old where it was asked for or left running, and leaves old ones alone otherwise', async () => {
    const old = { fromMs: START_MS - 11 * DAY_MS, toMs: START_MS - 11 * DAY_MS + 1 };
    const priorities = async (changes: Partial<StoredGap>) => {
      const { repair, jobs } = bench(changes);
      await repair.takeUp();
      return jobs.map(({ priority }) => priority);
    };
    const [found = 0] = await priorities({});
    for (const state of ['queued', 'running'] as const) {
      const [asked = Infinity] = await priorities({ ...old, backfill: { ...UNTOUCHED_BACKFILL, state } });
      expect(asked).toBeLessThan(found);
    }
    expect(await priorities(old)).toEqual([]);
  });

  it('says from when on a delayed feed has the last minute, and waits until then', async () => {
    const { time, repair, jobs, state } = bench({}, 'live', 15 * MINUTE_MS);
    const servedMs = START_MS + 3 * MINUTE_MS + 16 * MINUTE_MS + 5_000;
    await repair.takeUp();
    expect(state()).toMatchObject({ state: 'open', nextAttemptMs: servedMs, attempts: 0 });
    expect(state().note).not.toBe('');
    expect(jobs).toEqual([]);
    time.advance(servedMs - time.now());
    await repair.takeUp();
    expect(jobs).toHaveLength(1);
  });

  it('is queued once, until a minute that is under way has its bar', async () => {
    const { repair, jobs } = bench();
    await repair.takeUp();
    await repair.takeUp();
    expect(jobs.map(({ notBeforeMs }) => notBeforeMs)).toEqual([START_MS + 3 * MINUTE_MS + 5_000]);
  });

  it('stays running when the program stops in the middle', async () => {
    const { closing, history, round, state } = bench();
    history.minutes = () => {
      closing.abort();
      return Promise.resolve(1);
    };
    await round();
    expect(state()).toMatchObject({ state: 'running', bars: 0 });
  });
});
