import { createCandleBuilder, DEFAULT_CANDLE_OPTIONS } from '../../analysis/index.ts';
import { createAlertEngine } from '../pending-analysis.ts';
import { type AlertRule, TapedeckError } from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';
import { CalendarBook } from './calendar-book.ts';
import type { AnalysisCheckpoint } from './checkpoint-codec.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import { IndicatorBook } from './indicator-book.ts';
import { PartitionAnalysis } from './partition-analysis.ts';

/** Brings partitions to life from their checkpoints. */
export class PartitionLoader {
  readonly #context: RoleContext;
  readonly #keeper: CheckpointKeeper;
  readonly #calendars: CalendarBook;
  #rules: readonly AlertRule[] = [];

  constructor(context: RoleContext, keeper: CheckpointKeeper) {
    this.#context = context;
    this.#keeper = keeper;
    this.#calendars = new CalendarBook(context.options.store);
  }

  /** The rules also go to partitions loaded from now on. */
  async readRules(): Promise<readonly AlertRule[]> {
    this.#rules = await this.#context.options.store.alertRules();
    return this.#rules;
  }

  async load(partition: number): Promise<PartitionAnalysis> {
    await this.#calendars.prime();
    const checkpoint = await this.#keeper.load(partition);
    if (checkpoint === null) return this.#open(partition, null);
    try {
      return this.#open(partition, checkpoint);
    } catch (cause) {
      // Candles carry revisions and rows have keys, so computing again from what the log still holds does no harm.
      const reason = TapedeckError.from(cause).message;
      this.#context.log.error({ partition, reason }, 'a checkpoint cannot be read; computing again from the log');
      return this.#open(partition, null);
    }
  }

  #open(partition: number, checkpoint: AnalysisCheckpoint | null): PartitionAnalysis {
    const options = {
      ...DEFAULT_CANDLE_OPTIONS,
      calendarOf: (symbol: string) => this.#calendars.calendarOf(symbol),
    };
    const analysis = new PartitionAnalysis(partition, this.#context, {
      calendars: this.#calendars,
      builder: createCandleBuilder(options, checkpoint?.candles ?? null),
      indicators: new IndicatorBook(this.#context.options.indicatorPeriods),
      alerts: createAlertEngine(checkpoint?.alerts ?? null),
      positions: checkpoint?.positions ?? { trades: null, bars: null },
    });
    analysis.setRules(this.#rules);
    return analysis;
  }
}
