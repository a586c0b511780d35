import { hostReportSchema } from '../../contract/index.ts';
import type { HostHealth, HostReport, LatencyStage, PipelineHealth, StageLatency } from '../../contract/index.ts';
import { LATENCY_STAGES } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { HostReportRow } from '../../store/store.ts';
import { ROLES } from '../pipeline.ts';
import { RepeatingTask } from '../repeating-task.ts';
import type { RoleContext } from '../role-context.ts';
import type { SharedClock } from '../shared-clock.ts';

const REPORT_EVERY_MS = 5_000;
const LATE_AFTER_MS = 3 * REPORT_EVERY_MS;
const LOST_AFTER_MS = 60_000;
/** Five minutes. */
const HISTORY_LENGTH = 60;

interface HeardRow {
  readonly row: HostReportRow;
  /** By our clock: the age of a report grows on while the store is away. */
  readonly readMs: number;
}

/**
 * What every host of a shared pipeline says of itself goes through the store and not through the control topic: the database's one
 * clock tells how old a report is, a desk that starts finds all of them at once, and a host is forgotten by deleting a row. The
 * price: while the database is away, desks see the reports grow old and say why.
 */
export class HealthBook {
  readonly #context: RoleContext;
  readonly #startedMs: number;
  readonly #sharedClock: SharedClock;
  #task: RepeatingTask | null = null;
  readonly #history = new Map<LatencyStage, (number | null)[]>();
  #others: readonly HeardRow[] = [];
  #othersDetail: string | null = null;
  #clockOffsetMs: number | null = null;

  /** `sharedClock` is set by what the database answers. */
  constructor(context: RoleContext, sharedClock: SharedClock) {
    this.#context = context;
    this.#sharedClock = sharedClock;
    this.#startedMs = context.wallClock.now();
  }

  /** Resolves when the shared clock is set, or could not be: leases granted before that would be by our own. */
  async start(): Promise<void> {
    const onFailure = (error: TapedeckError): void => {
      this.#othersDetail = error.userMessage;
      this.#context.log.debug({ reason: error.message }, 'could not exchange reports with the other hosts');
    };
    await this.#round().catch((cause: unknown) => onFailure(TapedeckError.from(cause)));
    this.#task = new RepeatingTask(REPORT_EVERY_MS, () => this.#round(), onFailure);
  }

  /** Takes this host off the list: it left, it did not fall silent. */
  async close(): Promise<void> {
    await this.#task?.stop();
    const { bus, store, hostId } = this.#context.options;
    if (!bus.isShared) return;
    try {
      await store.dropHostReport(hostId);
    } catch (cause) {
      this.#context.log.debug({ reason: TapedeckError.from(cause).message }, 'the report of this host will grow old');
    }
  }

  health(): PipelineHealth {
    const hosts = this.#hosts();
    return {
      basis: this.#context.health.basis,
      stages: slowest(hosts).map((stage) => ({ ...stage, history: [...(this.#history.get(stage.stage) ?? [])] })),
      historyStepMs: REPORT_EVERY_MS,
      hosts: [...hosts],
      othersDetail: this.#othersDetail,
    };
  }

  async #round(): Promise<void> {
    const { bus, roles } = this.#context.options;
    // The sample is taken whatever becomes of the store.
    if (roles.has('serve')) this.#sample();
    if (!bus.isShared) return;
    await this.#report();
    if (roles.has('serve')) await this.#readOthers();
    this.#othersDetail = null;
  }

  async #report(): Promise<void> {
    const { store, hostId, metrics } = this.#context.options;
    const { wallClock } = this.#context;
    const beforeMs = wallClock.now();
    const storeMs = await store.saveHostReport(hostId, JSON.stringify(this.#own()));
    const halfwayMs = (beforeMs + wallClock.now()) / 2;
    this.#clockOffsetMs = Math.round(halfwayMs - storeMs);
    this.#sharedClock.offsetMs = this.#clockOffsetMs;
    metrics.gauge('host_clock_offset_seconds', {}, this.#clockOffsetMs / 1000);
  }

  async #readOthers(): Promise<void> {
    const { store, hostId } = this.#context.options;
    const rows = await store.hostReports();
    const readMs = this.#context.wallClock.now();
    this.#others = rows.filter((row) => row.hostId !== hostId).map((row) => ({ row, readMs }));
  }

  #sample(): void {
    const latencies = new Map(slowest(this.#hosts()).map((latency) => [latency.stage, latency.p99]));
    for (const stage of LATENCY_STAGES) {
      const history = this.#history.get(stage) ?? [];
      history.push(latencies.get(stage) ?? null);
      if (history.length > HISTORY_LENGTH) history.shift();
      this.#history.set(stage, history);
    }
  }

  #hosts(): readonly HostHealth[] {
    const self: HostHealth = { ...this.#own(), isSelf: true, presence: 'live', ageMs: 0 };
    const nowMs = this.#context.wallClock.now();
    const others = this.#others.map(({ row, readMs }): HostHealth => {
      const ageMs = row.ageMs + Math.max(0, nowMs - readMs);
      const presence = ageMs < LATE_AFTER_MS ? 'live' : ageMs < LOST_AFTER_MS ? 'late' : 'lost';
      return { ...readReport(row), isSelf: false, presence, ageMs };
    });
    return [self, ...others];
  }

  #own(): HostReport {
    const { health, board, wallClock, options } = this.#context;
    return {
      hostId: options.hostId,
      version: options.version,
      uptimeMs: wallClock.now() - this.#startedMs,
      clockOffsetMs: this.#clockOffsetMs,
      memoryBytes: process.memoryUsage.rss(),
      feedReconnects: health.feedReconnects,
      screens: health.screens,
      roles: ROLES.filter((role) => options.roles.has(role)).map((role) => {
        const component = board.get(role);
        const state = component?.state ?? 'starting';
        return { role, state, detail: component?.detail ?? '', ...health.role(role).report() };
      }),
      stages: [...health.stages()],
      components: (['feed', 'bus', 'store'] as const).flatMap((name) => {
        const component = board.get(name);
        return component === null ? [] : [{ ...component, outages: board.outagesOf(name) }];
      }),
      queues: health.queues(),
    };
  }
}

/** A host of another version may say it differently; that it runs is known all the same. */
function readReport({ hostId, report }: HostReportRow): HostReport {
  const parsed = hostReportSchema.safeParse(report);
  if (parsed.success) return parsed.data;
  const version = hostReportSchema.shape.version.safeParse((report as { version?: unknown } | null)?.version);
  return {
    hostId,
    version: version.success ? version.data : 'another version',
    uptimeMs: 0,
    clockOffsetMs: null,
    memoryBytes: 0,
    feedReconnects: 0,
    screens: 0,
    roles: [],
    stages: [],
    components: [],
    queues: [],
  };
}

/** Percentiles of several hosts cannot be added; the slowest one is what a user waits for. A lost host measures nothing. */
function slowest(hosts: readonly HostHealth[]): readonly StageLatency[] {
  const found = new Map<LatencyStage, StageLatency>();
  for (const { stages, presence } of hosts) {
    if (presence === 'lost') continue;
    for (const latency of stages) {
      const before = found.get(latency.stage);
      const skewMs = Math.max(latency.skewMs, before?.skewMs ?? 0);
      const slower = before === undefined || latency.p99 > before.p99 ? latency : before;
      found.set(latency.stage, { ...slower, skewMs });
    }
  }
  return LATENCY_STAGES.flatMap((stage) => found.get(stage) ?? []);
}
