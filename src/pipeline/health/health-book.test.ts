import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../bus/bus.ts';
import type { HostReport, StageLatency } from '../../contract/index.ts';
import { silentLog } from '../../market/index.ts';
import type { HostReportRow, Store } from '../../store/store.ts';
import { CountedMetrics } from '../../testing/pipeline-fixture.ts';
import { FakeTime } from '../../testing/fake-time.ts';
import { ComponentBoard } from '../component-board.ts';
import type { RoleContext } from '../role-context.ts';
import { SharedClock } from '../shared-clock.ts';
import { HealthBook } from './health-book.ts';
import { HealthRecorder } from './health-recorder.ts';

const START_MS = Date.UTC(2026, 10, 20, 15);

function reportOf(hostId: string, p99: number): HostReport {
  const stage: StageLatency = { stage: 'ingest_to_bus', p50: p99 / 2, p99, skewMs: 0 };
  return {
    hostId,
    version: '0.1.0',
    uptimeMs: 1_000,
    clockOffsetMs: 0,
    memoryBytes: 1,
    feedReconnects: 0,
    screens: 0,
    roles: [],
    stages: [stage],
    components: [],
    queues: [],
  };
}

describe('the health of a shared pipeline', () => {
  let time: FakeTime;
  let rows: HostReportRow[];
  let isStoreAway: boolean;
  let book: HealthBook;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    time = new FakeTime(START_MS);
    isStoreAway = false;
    rows = [{ hostId: 'worker', ageMs: 2_000, report: reportOf('worker', 40) }];
    const answer = <T>(value: T): Promise<T> =>
      isStoreAway ? Promise.reject(new Error('connection refused')) : Promise.resolve(value);
    const store = {
      saveHostReport: () => answer(time.now()),
      hostReports: () => answer(rows),
      dropHostReport: () => answer(undefined),
    } as unknown as Store;
    const options = {
      bus: { isShared: true } as Bus,
      store,
      hostId: 'desk',
      roles: new Set(['serve']),
      version: '0.1.0',
      metrics: new CountedMetrics(),
      clock: time,
      dataset: 'live',
    };
    const context = {
      options,
      health: new HealthRecorder(options, time),
      board: new ComponentBoard(time),
      wallClock: time,
      log: silentLog,
    } as unknown as RoleContext;
    book = new HealthBook(context, new SharedClock(time));
    await book.start();
  });

  afterEach(async () => {
    const closed = book.close();
    await vi.advanceTimersByTimeAsync(10_000);
    await closed;
    vi.useRealTimers();
  });

  const worker = () => book.health().hosts.find(({ hostId }) => hostId === 'worker');
  const busP99 = () => book.health().stages.find(({ stage }) => stage === 'ingest_to_bus')?.p99;

  it('tells that a host is late, and then lost, by the age of its last report', async () => {
    expect(worker()).toMatchObject({ presence: 'live', ageMs: 2_000, isSelf: false });
    rows = [{ ...rows[0], ageMs: 15_000 } as HostReportRow];
    await vi.advanceTimersByTimeAsync(6_000);
    expect(worker()).toMatchObject({ presence: 'late' });
    rows = [{ ...rows[0], ageMs: 60_000 } as HostReportRow];
    await vi.advanceTimersByTimeAsync(6_000);
    expect(worker()).toMatchObject({ presence: 'lost' });
  });

  it('lets reports grow old while the store is away, and says why nothing new is known', async () => {
    isStoreAway = true;
    await vi.advanceTimersByTimeAsync(6_000);
    time.advance(20_000);
    expect(worker()).toMatchObject({ presence: 'late', ageMs: 22_000 });
    expect(book.health().othersDetail).not.toBeNull();
    isStoreAway = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(worker()).toMatchObject({ presence: 'live', ageMs: 2_000 });
    expect(book.health().othersDetail).toBeNull();
  });

  it('does not count what a lost host measured when it was last heard', async () => {
    expect(busP99()).toBe(40);
    rows = [{ ...rows[0], ageMs: 90_000 } as HostReportRow];
    await vi.advanceTimersByTimeAsync(6_000);
    expect(busP99()).toBeUndefined();
  });

  it('knows that a host of another version runs, although it cannot read what it says', async () => {
    rows = [{ hostId: 'worker', ageMs: 100, report: { version: '9.0.0', shape: 'unknown' } }];
    await vi.advanceTimersByTimeAsync(6_000);
    expect(worker()).toMatchObject({ presence: 'live', version: '9.0.0', roles: [] });
  });
});
