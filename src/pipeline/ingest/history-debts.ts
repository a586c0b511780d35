import { z } from 'zod';
import type { Candle } from '../../market/index.ts';
import type { Checkpoint } from '../../store/index.ts';
import { jsonState, readJsonState } from '../json-checkpoint.ts';
import { Lane } from '../lane.ts';
import type { RoleContext } from '../role-context.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FORM = 1;
/** Longer than any history that is asked for. */
const FORGET_AFTER_MS = 500 * DAY_MS;

const debtSchema = z.readonly(
  z.object({ owedSinceMs: z.number(), minuteMs: z.number().nullable(), dayMs: z.number().nullable() }),
);
const storedDebts = z.record(z.string(), debtSchema);

/** From where on a symbol lacks history: the start of the first candle that is not whole, or null where nothing is stored. */
export type HistoryDebt = z.infer<typeof debtSchema>;

/**
 * What the history has yet to bring, by symbol. It is written down before the stream says the first word of a symbol and
 * crossed out once its history is on the bus: the candles of the stream hide the hole before them, so that after a stop
 * nothing else would tell of it.
 */
export class HistoryDebts {
  readonly #context: RoleContext;
  readonly #key: string;
  readonly #lane = new Lane();
  #debts = new Map<string, HistoryDebt>();
  #isLoaded = false;
  /** Only who holds the feed may say what is owed. */
  #isOurs = false;
  #hasChanged = false;

  constructor(context: RoleContext, feedName: string) {
    this.#context = context;
    this.#key = `history/${feedName}`;
  }

  /** To be called with the feed's lease in hand. */
  async open(): Promise<void> {
    if (!this.#isLoaded) {
      const checkpoint = await this.#context.options.store.loadCheckpoint(this.#key);
      this.#debts = new Map();
      if (checkpoint !== null && checkpoint.version === FORM) {
        const forgottenMs = this.#context.options.clock.now() - FORGET_AFTER_MS;
        for (const [symbol, debt] of Object.entries(this.#read(checkpoint))) {
          if (debt.owedSinceMs >= forgottenMs) this.#debts.set(symbol, debt);
        }
      }
      this.#isLoaded = true;
    }
    this.#isOurs = true;
  }

  /** The lease goes to whoever asks next. */
  async release(): Promise<void> {
    try {
      await this.save();
    } finally {
      this.#isOurs = false;
    }
  }

  /** Another process had the feed: what it left is in the store. */
  forget(): void {
    this.#isLoaded = false;
  }

  /** Resolves when it is stored that these lack what comes after their newest candle before `beforeMs`, or what they lacked already. */
  async owe(symbols: readonly string[], beforeMs: number): Promise<void> {
    if (symbols.length === 0) return;
    const lacking = symbols.filter((symbol) => !this.#debts.has(symbol));
    const minutes = await this.#newest(lacking, '1m', beforeMs);
    const days = await this.#newest(lacking, '1d', beforeMs);
    for (const symbol of symbols) {
      const known = this.#debts.get(symbol);
      const debt = known ?? {
        owedSinceMs: beforeMs,
        minuteMs: resumeMs(minutes.get(symbol), MINUTE_MS),
        dayMs: resumeMs(days.get(symbol), DAY_MS),
      };
      // A new object, so that whoever pays the old debt leaves what has come to it since.
      this.#debts.set(symbol, { ...debt });
    }
    this.#hasChanged ||= lacking.length > 0;
    await this.save();
  }

  /** Null for a symbol that lacks nothing. */
  of(symbol: string): HistoryDebt | null {
    return this.#debts.get(symbol) ?? null;
  }

  /** `debt` as `of` answered it when the work began. */
  settle(symbol: string, debt: HistoryDebt | null): void {
    if (debt === null || this.#debts.get(symbol) !== debt) return;
    this.#debts.delete(symbol);
    this.#hasChanged = true;
  }

  /** A settled debt that was not stored is only paid twice. */
  save(): Promise<void> {
    // Of two at once the older one might come into the store last.
    return this.#lane.run(() => this.#saveNow());
  }

  async #saveNow(): Promise<void> {
    if (!this.#hasChanged || !this.#isOurs) return;
    this.#hasChanged = false;
    try {
      await this.#context.options.store.saveCheckpoint({
        key: this.#key,
        savedMs: this.#context.wallClock.now(),
        version: FORM,
        state: jsonState(Object.fromEntries(this.#debts)),
      });
    } catch (cause) {
      this.#hasChanged = true;
      throw cause;
    }
  }

  /** Nothing where it is damaged: the feed must not stand still over it, and gaps are found by other means too. */
  #read(checkpoint: Checkpoint): Readonly<Record<string, HistoryDebt>> {
    try {
      return readJsonState(checkpoint, storedDebts);
    } catch (error) {
      this.#context.errors.report({
        scope: 'ingest',
        error,
        outcome: 'skipped',
        what: 'which history is missing is not known',
      });
      return {};
    }
  }

  async #newest(symbols: readonly string[], interval: '1m' | '1d', beforeMs: number): Promise<Map<string, Candle>> {
    if (symbols.length === 0) return new Map();
    const toMs = beforeMs - (beforeMs % MINUTE_MS);
    const candles = await this.#context.options.store.newestCandles(symbols, interval, toMs);
    return new Map(candles.map((candle) => [candle.symbol, candle]));
  }
}

function resumeMs(newest: Candle | undefined, lengthMs: number): number | null {
  if (newest === undefined) return null;
  // One built here may have seen only the trades up to a stop of the program.
  const isWhole = newest.source === 'backfill' && newest.isClosed;
  return isWhole ? newest.openTimeMs + lengthMs : newest.openTimeMs;
}
