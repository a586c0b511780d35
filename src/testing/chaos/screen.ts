import type { CandleRecord } from '../../market/index.ts';
import { differentCandles } from './stored-outcome.ts';

const ASK_TIMEOUT_MS = 5_000;
/** More than a feed has minutes. */
const LIMIT = 5_000;
const COMPARED = ['open', 'high', 'low', 'close', 'volume', 'vwap', 'tradeCount', 'revision'] as const;

/** What a screen shows of a closed one-minute candle. */
export type ShownCandle = Pick<CandleRecord, 'openTime' | (typeof COMPARED)[number]>;

/** A web host as those see it who look at it; asked while it is dead it has nothing to show. */
export class Screen {
  readonly port: number;
  readonly token: string;

  constructor(options: { readonly port: number; readonly token: string }) {
    this.port = options.port;
    this.token = options.token;
  }

  async isReady(): Promise<boolean> {
    return (await this.#ask('/readyz')) !== null;
  }

  async closedCandles(symbol: string): Promise<readonly ShownCandle[]> {
    const answer = await this.#ask(`/api/v1/candles?symbol=${symbol}&interval=1m&limit=${String(LIMIT)}`);
    const { data = [] } = (answer ?? {}) as {
      readonly data?: readonly CandleRecord[];
    };
    return data.filter(({ isClosed }) => isClosed);
  }

  /** Null for everything but a good answer. */
  async #ask(path: string): Promise<unknown> {
    try {
      const response = await fetch(`http://127.0.0.1:${String(this.port)}${path}`, {
        headers: { authorization: `Bearer ${this.token}` },
        signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      });
      return response.ok ? await response.json() : null;
    } catch {
      // It is dead or still starting, as the scenario wants it.
      return null;
    }
  }
}

/** Whether all of these are shown, as they were or as they have become since. */
export function holdsAll(shown: readonly ShownCandle[], wanted: readonly ShownCandle[]): boolean {
  const byTime = new Map(shown.map((candle) => [candle.openTime, candle]));
  return wanted.every((candle) => {
    const found = byTime.get(candle.openTime);
    return found !== undefined && (found.revision > candle.revision || bitsOf(found) === bitsOf(candle));
  });
}

/** How many only one of the two has, or that differ in any bit. */
export function differentCandlesOf(shown: readonly ShownCandle[], stored: readonly ShownCandle[]): number {
  const bits = (candles: readonly ShownCandle[]): ReadonlyMap<string, string> =>
    new Map(candles.map((candle) => [candle.openTime, bitsOf(candle)]));
  return differentCandles(bits(shown), bits(stored));
}

/** A number's shortest text that reads back as the same number stands for its bits. */
function bitsOf(candle: ShownCandle): string {
  return COMPARED.map((field) => candle[field]).join(' ');
}
