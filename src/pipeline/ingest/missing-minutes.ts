import type { RoleContext } from '../role-context.ts';
import type { FeedGap } from './feed-ledger.ts';

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
/** The first look goes this far back. */
const REACH_MS = 4 * QUARTER_MS;
/** Trades, bars and candles of the latest minutes may be under way. */
const SETTLED_MS = 3 * MINUTE_MS;

interface Minute {
  readonly symbol: string;
  readonly openTimeMs: number;
}

/**
 * Looks for minutes that the feed itself says were traded, by a bar of its own, and of which no candle was built. A minute
 * without either is not missing: an illiquid or halted symbol has minutes without a trade, and no candle is made for them;
 * before and after the regular session the same holds. A symbol without any built candle is not built from trades (a plan's
 * limit leaves it to polling), so nothing of it is missing. What a broken connection swallowed together with its bars is the
 * gap of that connection.
 */
export class MissingMinutes {
  readonly #context: Pick<RoleContext, 'options'>;
  readonly #delayMs: number;
  #lookedUntilMs = Number.NEGATIVE_INFINITY;

  /** `delayMs` is how far the feed's stream is behind the market. */
  constructor(context: Pick<RoleContext, 'options'>, delayMs: number) {
    this.#context = context;
    this.#delayMs = delayMs;
  }

  /** Of the quarter hours that have ended since the last look, one gap each and symbol: fetched together. */
  async find(symbols: readonly string[]): Promise<readonly FeedGap[]> {
    if (symbols.length === 0) return [];
    const { store, clock } = this.#context.options;
    const toMs = Math.floor((clock.now() - this.#delayMs - SETTLED_MS) / QUARTER_MS) * QUARTER_MS;
    const fromMs = Math.max(this.#lookedUntilMs, toMs - REACH_MS);
    if (fromMs >= toMs) return [];
    const minutes = await store.missingMinutes({ symbols, fromMs, toMs });
    this.#lookedUntilMs = toMs;
    return gapsByQuarter(minutes);
  }
}

/** `minutes` by symbol and time. */
export function gapsByQuarter(minutes: readonly Minute[]): readonly FeedGap[] {
  const gaps: FeedGap[] = [];
  for (const { symbol, openTimeMs } of minutes) {
    const last = gaps.at(-1);
    const toMs = openTimeMs + MINUTE_MS;
    if (last?.symbol === symbol && quarterOf(last.fromMs) === quarterOf(openTimeMs)) {
      gaps[gaps.length - 1] = { ...last, toMs };
    } else {
      gaps.push({ reason: 'missing-minutes', symbol, fromMs: openTimeMs, toMs, lostCount: null });
    }
  }
  return gaps;
}

function quarterOf(timeMs: number): number {
  return Math.floor(timeMs / QUARTER_MS);
}
