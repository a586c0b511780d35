import { TapedeckError } from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';
import type { CandleHistory } from './candle-history.ts';
import type { LatestTable } from './latest-table.ts';

const CONCURRENT_LOADS = 2;
/** Today, the day before, and one more where today's came twice. */
const DAYS = 3;

/** Gives symbols their last price, day and previous close from the store, each once, a few at a time. */
export class SymbolPrimer {
  readonly #context: RoleContext;
  readonly #table: LatestTable;
  readonly #history: CandleHistory;
  readonly #asked = new Set<string>();
  readonly #queue: string[] = [];
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(context: RoleContext, table: LatestTable, history: CandleHistory) {
    this.#context = context;
    this.#table = table;
    this.#history = history;
  }

  prime(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      if (this.#asked.has(symbol)) continue;
      this.#asked.add(symbol);
      this.#queue.push(symbol);
    }
    while (this.#running.size < CONCURRENT_LOADS && this.#queue.length > 0 && !this.#isClosed) {
      const worker = this.#work().finally(() => this.#running.delete(worker));
      this.#running.add(worker);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#running);
  }

  async #work(): Promise<void> {
    for (let symbol = this.#queue.shift(); symbol !== undefined && !this.#isClosed; symbol = this.#queue.shift()) {
      try {
        await this.#primeOne(symbol);
      } catch (cause) {
        this.#asked.delete(symbol);
        this.#context.log.debug(
          { symbol, reason: TapedeckError.from(cause).message },
          'could not read the last prices',
        );
      }
    }
  }

  async #primeOne(symbol: string): Promise<void> {
    const days = await this.#history.latest(symbol, '1d', null, DAYS);
    const minutes = await this.#history.latest(symbol, '1m', null, 1);
    const last = minutes.at(-1);
    if (last !== undefined) this.#context.activity.noteStoredTime(last.openTimeMs);
    const state = this.#table.ensure(symbol);
    let isChanged = false;
    for (const candle of [...days, ...minutes]) isChanged = state.applyCandle(candle) || isChanged;
    if (isChanged) this.#table.changed(state);
  }
}
