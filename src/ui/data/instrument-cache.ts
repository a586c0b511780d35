import type { Instrument } from '../../market/index.ts';

/** How many look-ups may be under way at once. */
const CONCURRENCY = 8;

type Find = (symbol: string) => Promise<{ readonly instrument: Instrument | null }>;

/** Names and decimals of the symbols on screen, asked for once each, a few at a time. */
export class InstrumentCache {
  private readonly find: Find;
  private readonly onFound: (found: Readonly<Record<string, Instrument>>) => void;
  private readonly asked = new Set<string>();
  private readonly failed = new Set<string>();
  private readonly queue: string[] = [];
  private found: Record<string, Instrument> = {};
  private running = 0;
  /** Answers of an earlier one are about what was forgotten since. */
  private generation = 0;
  private isReporting = false;

  constructor(find: Find, onFound: (found: Readonly<Record<string, Instrument>>) => void) {
    this.find = find;
    this.onFound = onFound;
  }

  want(symbol: string): void {
    if (this.asked.has(symbol)) return;
    this.asked.add(symbol);
    this.queue.push(symbol);
    this.pump();
  }

  /** Takes nothing for known any more; `retry` asks for all of it again. */
  forget(): void {
    this.generation++;
    this.queue.length = 0;
    this.found = {};
    for (const symbol of this.asked) this.failed.add(symbol);
  }

  /** Asks again for what failed; call it when a pipeline has come up. */
  retry(): void {
    this.queue.push(...this.failed);
    this.failed.clear();
    this.pump();
  }

  private pump(): void {
    while (this.running < CONCURRENCY) {
      const symbol = this.queue.shift();
      if (symbol === undefined) return;
      this.running++;
      void this.ask(symbol);
    }
  }

  private async ask(symbol: string): Promise<void> {
    const { generation } = this;
    try {
      const { instrument } = await this.find(symbol);
      if (instrument !== null && generation === this.generation) this.report(symbol, instrument);
    } catch {
      // Without a connection the row shows defaults until `retry` asks again.
      if (generation === this.generation) this.failed.add(symbol);
    } finally {
      this.running--;
      this.pump();
    }
  }

  /** Answers that come close together become one change, so that React draws once. */
  private report(symbol: string, instrument: Instrument): void {
    this.found[symbol] = instrument;
    if (this.isReporting) return;
    this.isReporting = true;
    setTimeout(() => {
      this.isReporting = false;
      const { found } = this;
      this.found = {};
      this.onFound(found);
    }, 30);
  }
}
