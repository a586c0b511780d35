/** Symbols that there are prices of: first those stored, then as they came over the bus. */
export class SeenSymbols {
  readonly #symbols = new Set<string>();
  readonly #listeners = new Set<() => void>();

  list(): readonly string[] {
    return [...this.#symbols];
  }

  has(symbol: string): boolean {
    return this.#symbols.has(symbol);
  }

  add(symbols: Iterable<string>): void {
    const before = this.#symbols.size;
    for (const symbol of symbols) this.#symbols.add(symbol);
    if (this.#symbols.size === before) return;
    for (const listener of this.#listeners) listener();
  }

  /** Calls the listener after one or more were added. */
  onAdded(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
  }
}
