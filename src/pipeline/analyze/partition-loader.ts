import { createAlertEngine, createCandleBuilder, DEFAULT_CANDLE_OPTIONS } from '../../analysis/index.ts';
import type { AlertRule } from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';
import { CalendarBook } from './calendar-book.ts';
import type { AnalysisCheckpoint } from './checkpoint-codec.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import { IndicatorBook } from './indicator-book.ts';
import { PartitionAnalysis } from './partition-analysis.ts';

/** Every print in memory is in each checkpoint too; older ones are rebuilt from the store when something amends them. */
const RETENTION = { retainPrintsMs: 60_000, maxRetainedPrints: 150_000 };

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
    const symbols = new Set(await this.#context.options.store.symbolsWithCandles());
    const checkpoint = await this.#keeper.load(partition);
    if (checkpoint === null) return this.#open(partition, null, symbols);
    try {
      return this.#open(partition, checkpoint, symbols);
    } catch (cause) {
      // Candles carry revisions and rows have keys, so computing again from what the log still holds does no harm.
      this.#context.errors.report({
        scope: 'analyze',
        error: cause,
        outcome: 'skipped',
        what: 'a checkpoint cannot be read; computing again from the log',
        fields: { partition },
      });
      return this.#open(partition, null, symbols);
    }
  }

  #open(
    partition: number,
    checkpoint: AnalysisCheckpoint | null,
    symbolsWithPast: ReadonlySet<string>,
  ): PartitionAnalysis {
    const periods = this.#context.options.indicatorPeriods;
    const options = {
      ...DEFAULT_CANDLE_OPTIONS,
      ...RETENTION,
      calendarOf: (symbol: string) => this.#calendars.calendarOf(symbol),
    };
    const analysis = new PartitionAnalysis(partition, this.#context, {
      calendars: this.#calendars,
      builder: createCandleBuilder(options, checkpoint?.candles ?? null),
      indicators: new IndicatorBook(periods, symbolsWithPast),
      alerts: createAlertEngine(
        { indicatorKeys: { rsi: `rsi${String(periods.rsi)}`, volatility: `volatility${String(periods.volatility)}` } },
        checkpoint?.alerts ?? null,
      ),
      positions: checkpoint?.positions ?? { trades: null, bars: null },
      delayMs: checkpoint?.delayMs ?? null,
    });
    analysis.setRules(this.#rules);
    return analysis;
  }
}
