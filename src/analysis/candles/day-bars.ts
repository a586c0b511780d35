import type { Bar, Candle, SessionCalendar } from '../../market/index.ts';
import type { BarValues } from './hour-table.ts';

interface DayBar {
  readonly bar: BarValues;
  readonly source: 'backfill' | 'feed-bar';
  readonly openTimeMs: number;
  readonly endMs: number;
  readonly revision: number;
}

/** Daily bars as a provider delivers them; they are candles of their own and go into no other. */
export class DayBars {
  readonly #bars = new Map<string, DayBar>();
  readonly #changed = new Map<string, DayBar>();
  #nextCloseMs = Infinity;

  set(bar: Bar, calendar: SessionCalendar): void {
    // Some providers stamp a daily bar inside its day rather than at its start.
    const day = calendar.tradingDay(bar.timeMs);
    if (day === null) return;
    const source = bar.source === 'backfill' ? 'backfill' : 'feed-bar';
    const key = `${source} ${day.startMs}`;
    const known = this.#bars.get(key);
    if (known !== undefined && isSame(known.bar, bar)) return;
    const revision = (known?.revision ?? 0) + 1;
    this.#put(key, { bar, source, openTimeMs: day.startMs, endMs: day.endMs, revision });
  }

  collect(symbol: string, watermarkMs: number, candles: Candle[]): void {
    if (this.#nextCloseMs <= watermarkMs) {
      for (const [key, day] of this.#bars) if (day.endMs <= watermarkMs) this.#changed.set(key, day);
    }
    if (this.#changed.size === 0) return;
    for (const [key, { bar, source, openTimeMs, endMs, revision }] of this.#changed) {
      candles.push({
        symbol,
        interval: '1d',
        openTimeMs,
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        volume: bar.volume,
        vwap: bar.vwap,
        tradeCount: bar.tradeCount,
        revision,
        isClosed: endMs <= watermarkMs,
        source,
      });
      if (endMs <= watermarkMs) this.#bars.delete(key);
    }
    this.#changed.clear();
    this.#nextCloseMs = Infinity;
    for (const day of this.#bars.values()) this.#nextCloseMs = Math.min(this.#nextCloseMs, day.endMs);
  }

  hasWork(watermarkMs: number): boolean {
    return this.#nextCloseMs <= watermarkMs || this.#changed.size > 0;
  }

  entries(): readonly (readonly [string, DayBar])[] {
    return [...this.#bars];
  }

  restore(entries: readonly (readonly [string, DayBar])[]): void {
    for (const [key, day] of entries) {
      this.#bars.set(key, day);
      this.#nextCloseMs = Math.min(this.#nextCloseMs, day.endMs);
    }
  }

  #put(key: string, day: DayBar): void {
    this.#bars.set(key, day);
    this.#changed.set(key, day);
    this.#nextCloseMs = Math.min(this.#nextCloseMs, day.endMs);
  }
}

function isSame(a: BarValues, b: BarValues): boolean {
  const isSamePrices = a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close;
  return isSamePrices && a.volume === b.volume && a.vwap === b.vwap && a.tradeCount === b.tradeCount;
}
