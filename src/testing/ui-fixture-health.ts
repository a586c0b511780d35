import type { HostHealth, LatencyStage, PipelineHealth, RoleHealth } from '../contract/index.ts';

const STAGE_TIMES: Readonly<Record<LatencyStage, readonly [number, number]>> = {
  exchange_to_ingest: [14.5, 41],
  ingest_to_bus: [0.84, 4.76],
  ingest_to_analysis: [11.3, 38],
  ingest_to_store: [128, 304],
  ingest_to_desk: [2.38, 9.51],
  desk_to_screen: [16, 33],
  ingest_to_screen: [19, 45],
  exchange_to_screen: [38, 91],
};

function role(name: string, recordsPerSecond: number, changes: Partial<RoleHealth> = {}): RoleHealth {
  return {
    role: name,
    state: 'ok',
    detail: '',
    isStandby: false,
    recordsPerSecond,
    batchRecords: 24.5,
    batchMs: { p50: 1.19, p99: 8 },
    partitions: [],
    ...changes,
  };
}

function partitions(from: number, to: number, lag: number): RoleHealth['partitions'] {
  return Array.from({ length: to - from }, (_, index) => ({ partition: from + index, lag: index === 1 ? lag : 0 }));
}

function host(hostId: string, roles: readonly RoleHealth[], changes: Partial<HostHealth> = {}): HostHealth {
  const component = (name: string, detail: string) => ({
    name,
    state: 'ok' as const,
    detail,
    sinceMs: Date.now() - 754_000,
    outages: 0,
  });
  return {
    hostId,
    version: '0.1.0',
    uptimeMs: 754_000,
    clockOffsetMs: null,
    memoryBytes: 312_000_000,
    feedReconnects: 0,
    screens: 0,
    roles: [...roles],
    stages: [],
    components: [
      component('feed', 'mock market, 300 symbols'),
      component('bus', 'log on disk'),
      component('store', 'embedded PostgreSQL 18'),
    ],
    queues: [],
    isSelf: false,
    presence: 'live',
    ageMs: 1_400,
    ...changes,
  };
}

/** One process that does everything. */
export function fixtureHealth(): PipelineHealth {
  const all = partitions(0, 12, 3);
  return pipelineHealth([
    host(
      'embedded',
      [
        role('ingest', 1_412),
        role('analyze', 1_409, { partitions: all }),
        role('persist', 1_398, { partitions: all, batchMs: { p50: 6.73, p99: 38.1 } }),
        role('notify', 0, { partitions: all, batchRecords: null, batchMs: null }),
        role('serve', 1_410, { partitions: all }),
      ],
      {
        isSelf: true,
        ageMs: 0,
        screens: 1,
        queues: [
          { name: 'ingest', length: 122, capacity: 10_000 },
          { name: 'backfill', length: 4, capacity: null },
        ],
      },
    ),
  ]);
}

/** Several workers and desks: one worker stands by, one was killed, one is behind and its clock too. */
export function fixtureSharedHealth(): PipelineHealth {
  const shared = pipelineHealth([
    host('web-desk-a-4121-9c01d2', [role('serve', 4_980, { partitions: partitions(0, 12, 0) })], {
      isSelf: true,
      ageMs: 0,
      screens: 2,
      clockOffsetMs: 2,
    }),
    host('worker-feeds-1-2210-77ab01', [role('ingest', 5_012, { batchRecords: 212 })], {
      clockOffsetMs: -3,
      feedReconnects: 2,
      queues: [{ name: 'ingest', length: 8_420, capacity: 10_000 }],
    }),
    host('worker-feeds-2-2244-10fe3c', [role('ingest', 0, { isStandby: true, batchRecords: null, batchMs: null })], {
      clockOffsetMs: 1,
    }),
    host(
      'worker-math-1-3001-aa41d0',
      [
        role('analyze', 2_480, { partitions: partitions(0, 6, 12) }),
        role('persist', 2_475, { partitions: partitions(0, 6, 48_213), state: 'degraded' }),
      ],
      { clockOffsetMs: 412, ageMs: 4_800 },
    ),
    host('worker-math-2-3002-be07f1', [role('analyze', 2_501, { partitions: partitions(6, 12, 0) })], {
      presence: 'lost',
      ageMs: 143_000,
    }),
  ]);
  return {
    ...shared,
    stages: shared.stages.map((stage) => (stage.stage === 'ingest_to_desk' ? { ...stage, skewMs: 410 } : stage)),
  };
}

function pipelineHealth(hosts: HostHealth[]): PipelineHealth {
  const stages = (Object.entries(STAGE_TIMES) as [LatencyStage, readonly [number, number]][]).map(
    ([stage, [p50, p99]], number) => ({
      stage,
      p50,
      p99,
      skewMs: 0,
      history: Array.from({ length: 60 }, (_, step) =>
        step < 6 ? null : p99 * (0.8 + 0.2 * Math.sin((step + number) / 3) + (step === 41 ? 0.7 : 0)),
      ),
    }),
  );
  return { basis: 'exchange', stages, historyStepMs: 5_000, hosts, othersDetail: null };
}
