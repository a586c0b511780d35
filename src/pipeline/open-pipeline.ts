import type { PipelineHealth } from '../contract/index.ts';
import { systemClock, TapedeckError } from '../market/index.ts';
import { Activity } from './activity.ts';
import { startAnalyze } from './analyze/analyze-role.ts';
import { ComponentBoard } from './component-board.ts';
import type { DeadLetterDesk } from './dead-letters/dead-letter-desk.ts';
import { type BackfillDesk, createBackfillDesk } from './quality/backfill-desk.ts';
import { DeadLetterRetry } from './dead-letters/dead-letter-retry.ts';
import { ErrorReporter } from './error-reporter.ts';
import { FlowControl } from './flow-control.ts';
import { followToEnd } from './finished.ts';
import { meterComponents } from './health/component-metrics.ts';
import { HealthBook } from './health/health-book.ts';
import { HealthRecorder } from './health/health-recorder.ts';
import { startHealthWatch } from './health-watch.ts';
import { type IngestRole, startIngest } from './ingest/ingest-role.ts';
import { startLogRelease } from './log-release.ts';
import { startNotify } from './notify/notify-role.ts';
import { startPersist } from './persist/persist-role.ts';
import type { Desk, OpenPipeline, Pipeline, PipelineOptions, PipelineStatus, Role } from './pipeline.ts';
import type { Notice, RoleContext, RunningRole } from './role-context.ts';
import { startServe } from './serve/serve-role.ts';
import { SessionClock } from './session-clock.ts';
import { SharedClock } from './shared-clock.ts';

const READERS: readonly Role[] = ['analyze', 'persist'];

/** Starts readers before writers, so that nothing waits on the bus for a role of this process. */
export const openPipeline: OpenPipeline = async (options) => {
  const pipeline = new RolePipeline(options);
  try {
    await pipeline.start();
  } catch (cause) {
    await pipeline.close();
    throw cause;
  }
  return pipeline;
};

class RolePipeline implements Pipeline {
  readonly finished: Promise<void>;
  readonly deadLetters: DeadLetterDesk;
  readonly backfills: BackfillDesk;
  readonly #options: PipelineOptions;
  readonly #context: RoleContext;
  readonly #sessionClock: SessionClock;
  readonly #healthBook: HealthBook;
  readonly #closing = new AbortController();
  #resolveFinished: () => void = () => undefined;
  #noticeDesk: (notice: Notice) => void = () => undefined;
  #desk: Desk | null = null;
  #ingest: IngestRole | null = null;
  #watches: { stop(): Promise<void> }[] = [];
  /** In the order of the data path; closed from its beginning, so that each role drains what the one before it sent. */
  #roles: RunningRole[] = [];
  #closed: Promise<void> | null = null;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const board = new ComponentBoard(options.clock);
    const sharedClock = new SharedClock(systemClock);
    this.#context = {
      options,
      board,
      activity: new Activity(systemClock, options.roles),
      health: new HealthRecorder(options, systemClock),
      errors: new ErrorReporter(options, options.log),
      flow: new FlowControl(READERS.filter((role) => options.roles.has(role))),
      wallClock: systemClock,
      sharedClock,
      notify: (notice) => this.#noticeDesk(notice),
      log: options.log,
    };
    meterComponents(board, options.metrics);
    this.#healthBook = new HealthBook(this.#context, sharedClock);
    this.#sessionClock = new SessionClock(options, this.#context.activity);
    this.deadLetters = new DeadLetterRetry(this.#context);
    this.backfills = createBackfillDesk(this.#context);
    this.finished = new Promise((resolve) => {
      this.#resolveFinished = resolve;
    });
  }

  get desk(): Desk | null {
    return this.#desk;
  }

  async start(): Promise<void> {
    const { roles, feed, dataset, hostId } = this.#options;
    const context = this.#context;
    for (const name of ['feed', 'bus', 'store'] as const) context.board.set(name, 'starting', '');
    if (feed === null || !roles.has('ingest')) context.board.set('feed', 'off', 'not read by this process');
    await this.#healthBook.start();
    this.#watches.push(await startHealthWatch(context, this.#sessionClock));
    if (roles.has('serve')) {
      const serve = await startServe(context);
      this.#noticeDesk = (notice) => serve.desk.emit({ type: 'notice', ...notice });
      this.#desk = serve.desk;
      this.#roles.unshift(serve);
    }
    if (roles.has('notify')) this.#roles.unshift(await startNotify(context));
    if (roles.has('persist')) this.#roles.unshift(await startPersist(context));
    if (roles.has('analyze')) this.#roles.unshift(await startAnalyze(context));
    if (roles.has('persist') && roles.has('analyze')) this.#watches.push(startLogRelease(context));
    if (roles.has('ingest')) {
      if (feed === null) throw new TapedeckError('bad-config', 'the ingest role needs a feed');
      this.#ingest = await startIngest(context, feed);
      this.#roles.unshift(this.#ingest);
      this.#follow(this.#ingest);
      // What the feed lists may follow another calendar than what was stored.
      await this.#sessionClock.refresh();
    }
    context.log.info({ roles: [...roles], dataset, hostId }, 'pipeline started');
  }

  status(): PipelineStatus {
    const { activity, board } = this.#context;
    return {
      nowMs: this.#options.clock.now(),
      session: this.#sessionClock.now(),
      components: board.list(),
      tradesPerSecond: activity.tradesPerSecond(),
      deadLetters: activity.deadLetters,
      openGaps: activity.openGaps,
      latencyMs: activity.latency.percentiles(),
    };
  }

  health(): PipelineHealth {
    return this.#healthBook.health();
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  #follow(ingest: IngestRole): void {
    followToEnd(this.#context, ingest.feedEnded, this.#closing.signal).then(this.#resolveFinished, (cause: unknown) => {
      if (this.#closing.signal.aborted) return;
      this.#context.errors.report({
        scope: 'ingest',
        error: cause,
        outcome: 'gave-up',
        what: 'could not follow the feed to its end',
      });
    });
  }

  async #closeAll(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#watches.map((watch) => watch.stop()));
    for (const role of this.#roles) {
      try {
        await role.close();
      } catch (cause) {
        this.#context.errors.report({
          scope: 'pipeline',
          error: cause,
          outcome: 'gave-up',
          what: 'a role did not close cleanly',
        });
      }
    }
    await this.#healthBook.close();
    this.#options.log.info({ hostId: this.#options.hostId }, 'pipeline stopped');
  }
}
