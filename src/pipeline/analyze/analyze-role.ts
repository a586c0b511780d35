import type { BatchOutcome, BusBatch, TopicPartition } from '../../bus/bus.ts';
import { TapedeckError } from '../../market/index.ts';
import { readWantedSymbols } from '../ingest/wanted-symbols.ts';
import { consumeMetered } from '../health/metered-consumption.ts';
import { PositionGaps } from '../position-gaps.ts';
import { RepeatingTask } from '../repeating-task.ts';
import type { RoleContext, RunningRole } from '../role-context.ts';
import { watchControl } from '../watch-control.ts';
import { ANALYZE_CONSUMER, CheckpointKeeper } from './checkpoint-keeper.ts';
import { EndWatch } from './end-watch.ts';
import type { PartitionAnalysis } from './partition-analysis.ts';
import { PartitionLoader } from './partition-loader.ts';
import { repairPartition } from './repair.ts';

const MAX_BATCH_RECORDS = 5_000;
/** Lets a handful of trades share one publication without being felt. */
const LINGER_MS = 10;
const TICK_EVERY_MS = 100;
const REPAIR_EVERY_MS = 500;
const CHECKPOINT_EVERY_MS = 5_000;
const READ_WISHES_EVERY_MS = 10_000;
/** The clock may close a candle this long after its end and the feed's delay: the way from exchange to here, and some patience. */
const CLOCK_LATENESS_MS = 3_000;

/** Turns trades and bars into candles, indicators and alerts. */
export async function startAnalyze(context: RoleContext): Promise<RunningRole> {
  const analyze = new Analyze(context);
  await analyze.start();
  return analyze;
}

class Analyze implements RunningRole {
  readonly #context: RoleContext;
  readonly #loader: PartitionLoader;
  readonly #keeper: CheckpointKeeper;
  readonly #endWatch: EndWatch;
  readonly #gaps: PositionGaps;
  readonly #partitions = new Map<number, Promise<PartitionAnalysis>>();
  readonly #running = new Map<number, PartitionAnalysis>();
  #stops: (() => Promise<void>)[] = [];
  #charted: ReadonlySet<string> = new Set();
  #isTicked = 0;

  constructor(context: RoleContext) {
    this.#context = context;
    this.#gaps = new PositionGaps(context, ANALYZE_CONSUMER);
    this.#keeper = new CheckpointKeeper(context, this.#gaps);
    this.#loader = new PartitionLoader(context, this.#keeper);
    this.#endWatch = new EndWatch(context, this.#keeper);
  }

  async start(): Promise<void> {
    await this.#readWishes();
    await this.#loader.readRules();
    const consumption = await consumeMetered(this.#context, 'analyze', {
      group: ANALYZE_CONSUMER,
      topics: ['trades', 'bars'],
      startAt: 'earliest',
      isEphemeral: false,
      lingerMs: LINGER_MS,
      maxBatchRecords: MAX_BATCH_RECORDS,
      loadPosition: (topicPartition) => this.#loadPosition(topicPartition),
      onBatch: (batch) => this.#apply(batch),
      onAssignment: (owned) => this.#keepOnly(owned),
      onPositionOutsideLog: (topicPartition, stored, resumedAt) => {
        const { topic, partition } = topicPartition;
        if (topic === 'trades' || topic === 'bars') this.#running.get(partition)?.resumeAt(topic, resumedAt);
        this.#gaps.record(topicPartition, stored, resumedAt);
      },
    });
    const rules = this.#repeat(READ_WISHES_EVERY_MS, 'read the alert rules', () => this.#readRules());
    const wishes = this.#repeat(READ_WISHES_EVERY_MS, 'read what is on charts', () => this.#readWishes());
    const control = await watchControl(this.#context, 'analyze', (message) => {
      if (message.kind === 'alert-rules-changed') rules.runSoon();
      if (message.kind === 'subscriptions-changed') wishes.runSoon();
    });
    this.#repeat(TICK_EVERY_MS, 'let time pass', () => this.#tick());
    this.#repeat(REPAIR_EVERY_MS, 'rebuild what is out of memory', () => this.#repair());
    this.#repeat(CHECKPOINT_EVERY_MS, 'store a checkpoint', () => this.#checkpoint(false));
    this.#stops = [() => control.close(), ...this.#stops, () => consumption.close(), () => this.#gaps.close()];
    this.#context.board.set('analyze', 'ok', 'analysing');
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop();
    try {
      await this.#checkpoint(true);
    } catch (cause) {
      this.#context.errors.report({
        scope: 'analyze',
        error: cause,
        outcome: 'skipped',
        what: 'no last checkpoint; the next start computes from the one before',
      });
    }
    this.#context.board.set('analyze', 'off', 'stopped');
  }

  async #loadPosition({ topic, partition }: TopicPartition): Promise<number | null> {
    const { positions } = await this.#partition(partition);
    return topic === 'trades' || topic === 'bars' ? positions[topic] : null;
  }

  async #apply(batch: BusBatch): Promise<BatchOutcome> {
    try {
      const analysis = await this.#partition(batch.partition);
      await this.#gaps.before(batch);
      await analysis.apply(batch);
      if (batch.topic === 'trades') {
        this.#context.health.addSinceReceipt('ingest_to_analysis', batch.records[0]?.event);
        this.#context.activity.countTrades('analyze', batch.records.length);
        this.#context.flow.consumed('analyze', batch.records.length);
      }
      this.#context.board.set('analyze', 'ok', 'analysing');
      return { kind: 'done' };
    } catch (cause) {
      const error = TapedeckError.from(cause);
      this.#context.board.set('analyze', 'degraded', error.userMessage);
      const what = `could not analyse ${batch.topic}`;
      this.#context.errors.report({ scope: 'analyze', error, outcome: 'retried', what });
      throw error;
    }
  }

  /** Loaded once per assignment; a failed load is tried again by the next caller. */
  #partition(partition: number): Promise<PartitionAnalysis> {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const loading = this.#loader.load(partition);
    this.#partitions.set(partition, loading);
    void this.#settle(partition, loading);
    return loading;
  }

  async #settle(partition: number, loading: Promise<PartitionAnalysis>): Promise<void> {
    try {
      const analysis = await loading;
      if (this.#partitions.get(partition) === loading) this.#running.set(partition, analysis);
    } catch (cause) {
      if (this.#partitions.get(partition) === loading) this.#partitions.delete(partition);
      this.#context.errors.report({
        scope: 'analyze',
        error: cause,
        outcome: 'retried',
        what: 'a partition cannot be loaded yet',
        fields: { partition },
      });
    }
  }

  /** Another process goes on with a partition that left; were it to come back, its state here would be old. */
  #keepOnly(owned: readonly TopicPartition[]): void {
    const kept = new Set(owned.map((topicPartition) => topicPartition.partition));
    for (const partition of this.#partitions.keys()) {
      if (kept.has(partition)) continue;
      this.#partitions.delete(partition);
      this.#running.get(partition)?.forgetReport();
      this.#running.delete(partition);
    }
  }

  async #tick(): Promise<void> {
    const { bus, clock } = this.#context.options;
    this.#isTicked += 1;
    const isSecond = this.#isTicked % (1_000 / TICK_EVERY_MS) === 0;
    const ends = isSecond ? await bus.endOffsets('trades') : [];
    const nowMs = clock.now();
    for (const analysis of this.#running.values()) {
      // Behind its input the clock says nothing: the trades of the minute may still be in the log.
      const isCaughtUp = isSecond && (ends[analysis.partition] ?? 0) <= (analysis.positions.trades ?? 0);
      const watermarkMs = nowMs - analysis.delayMs - CLOCK_LATENESS_MS;
      await analysis.tick(isCaughtUp && !analysis.isReplayed ? watermarkMs : null, this.#charted);
    }
    if (isSecond) await this.#endWatch.check([...this.#running.values()]);
  }

  async #repair(): Promise<void> {
    for (const analysis of this.#running.values()) {
      analysis.report();
      await repairPartition(this.#context, analysis);
    }
  }

  async #checkpoint(isLast: boolean): Promise<void> {
    for (const analysis of this.#running.values()) {
      if (isLast || this.#keeper.isDue(analysis)) await this.#keeper.save(analysis);
    }
  }

  async #readRules(): Promise<void> {
    const rules = await this.#loader.readRules();
    for (const analysis of this.#running.values()) analysis.setRules(rules);
  }

  async #readWishes(): Promise<void> {
    this.#charted = (await readWantedSymbols(this.#context)).charted;
  }

  #repeat(everyMs: number, what: string, work: () => Promise<void>): RepeatingTask {
    const task = new RepeatingTask(everyMs, work, (error) =>
      this.#context.errors.report({ scope: 'analyze', error, outcome: 'retried', what: `could not ${what}` }),
    );
    this.#stops.push(() => task.stop());
    return task;
  }
}
