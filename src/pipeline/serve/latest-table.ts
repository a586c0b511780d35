import { SymbolState } from './symbol-state.ts';

/** One state per symbol, and who wants to hear of changes. */
export class LatestTable {
  readonly #states = new Map<string, SymbolState>();
  readonly #listeners = new Set<(state: SymbolState) => void>();

  get(symbol: string): SymbolState | undefined {
    return this.#states.get(symbol);
  }

  /** Creates an empty state for a symbol not seen before. */
  ensure(symbol: string): SymbolState {
    let state = this.#states.get(symbol);
    if (state === undefined) {
      state = new SymbolState(symbol);
      this.#states.set(symbol, state);
    }
    return state;
  }

  all(): IterableIterator<SymbolState> {
    return this.#states.values();
  }

  changed(state: SymbolState): void {
    for (const listener of this.#listeners) listener(state);
  }

  onChange(listener: (state: SymbolState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
