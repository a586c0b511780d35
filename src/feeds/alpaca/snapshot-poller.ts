import {
  type Clock,
  INTERVAL_MS,
  type Log,
  type MarketEvent,
  providerDelayMs,
  TapedeckError,
} from '../../market/index.ts';
import { pause } from '../../runtime/pause.ts';
import { type AlpacaProvider, type MapContext, mapBar, mapQuote, mapTrade, type WireMessage } from './alpaca-mapper.ts';
import type { AlpacaRest, LatestFeed } from './alpaca-rest.ts';

export interface SnapshotPollerOptions {
  readonly rest: Pick<AlpacaRest, 'snapshots'>;
  readonly feed: LatestFeed;
  readonly provider: AlpacaProvider;
  readonly intervalMs: number;
  /** The plan's REST limit; polling leaves half of it to history and search. */
  requestsPerMinute(): number;
  readonly clock: Clock;
  readonly log: Log;
  onEvent(event: MarketEvent): void;
  onBadMessage(reason: string, payload: string): void;
  /** Alpaca could not parse this symbol. */
  onSymbolRefused(symbol: string): void;
}

interface Seen {
  tradeKey: string;
  quoteKey: string;
  barKey: string;
  barTimeMs: number;
  complaint: string;
}

const NOTHING_SEEN: Readonly<Seen> = { tradeKey: '', quoteKey: '', barKey: '', barTimeMs: -1, complaint: '' };

const SYMBOLS_PER_REQUEST = 100;
const IDLE_MS = 1000;

/** Latest trade, quote and finished minute of the symbols that the plan keeps off the stream; a repeat is not an event. */
export class SnapshotPoller {
  readonly #options: SnapshotPollerOptions;
  #symbols: readonly string[] = [];
  #seen = new Map<string, Seen>();
  /** Asking again would be refused again, together with all that stands beside it. */
  readonly #refused = new Set<string>();
  #lastFailure = '';

  constructor(options: SnapshotPollerOptions) {
    this.#options = options;
  }

  setSymbols(symbols: readonly string[]): void {
    this.#symbols = symbols;
    const kept = new Map<string, Seen>();
    for (const symbol of symbols) {
      const seen = this.#seen.get(symbol);
      if (seen !== undefined) kept.set(symbol, seen);
    }
    this.#seen = kept;
    const wanted = new Set(symbols);
    for (const symbol of this.#refused) if (!wanted.has(symbol)) this.#refused.delete(symbol);
  }

  /** Until `signal` aborts; a failed round is skipped. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const symbols = this.#symbols.filter((symbol) => !this.#refused.has(symbol));
        for (let at = 0; at < symbols.length && !signal.aborted; at += SYMBOLS_PER_REQUEST) {
          await this.#pollAccepted(symbols.slice(at, at + SYMBOLS_PER_REQUEST), signal);
        }
        this.#lastFailure = '';
      } catch (cause) {
        if (signal.aborted) return;
        this.#reportFailure(TapedeckError.from(cause).message);
      }
      await pause(this.#pauseMs(), signal);
    }
  }

  /** Once for as long as it stays the same: a round comes every few seconds. */
  #reportFailure(reason: string): void {
    if (reason !== this.#lastFailure) this.#options.log.warn({ reason }, 'could not poll Alpaca snapshots');
    this.#lastFailure = reason;
  }

  #pauseMs(): number {
    const { intervalMs } = this.#options;
    const requests = Math.ceil(this.#symbols.length / SYMBOLS_PER_REQUEST);
    if (requests === 0) return Math.min(intervalMs, IDLE_MS);
    return Math.max(intervalMs, (requests * 60_000) / (this.#options.requestsPerMinute() / 2));
  }

  /** One symbol that Alpaca cannot parse spoils its whole request: the request is halved until that one is alone. */
  async #pollAccepted(symbols: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      await this.#poll(symbols, signal);
    } catch (cause) {
      const [first] = symbols;
      if (!(cause instanceof TapedeckError) || cause.code !== 'bad-input' || first === undefined) throw cause;
      if (symbols.length === 1) {
        this.#refused.add(first);
        this.#options.log.warn({ symbol: first, reason: cause.message }, 'Alpaca refuses to be polled for a symbol');
        this.#options.onSymbolRefused(first);
        return;
      }
      const middle = symbols.length >> 1;
      await this.#pollAccepted(symbols.slice(0, middle), signal);
      await this.#pollAccepted(symbols.slice(middle), signal);
    }
  }

  async #poll(symbols: readonly string[], signal: AbortSignal): Promise<void> {
    const { rest, feed, provider, clock } = this.#options;
    const snapshots = await rest.snapshots(symbols, feed, signal);
    const context: MapContext = { source: 'live', provider, receivedMs: clock.now(), phaseOf: () => 'trading' };
    const current = new Set(this.#symbols);
    for (const [symbol, snapshot] of snapshots) {
      if (!current.has(symbol)) continue;
      const seen = this.#seen.get(symbol) ?? { ...NOTHING_SEEN };
      this.#seen.set(symbol, seen);
      const complaints: string[] = [];
      for (const read of [newBar, newQuote, newTrade]) {
        try {
          const event = read(symbol, snapshot, context, seen);
          if (event !== null) this.#options.onEvent(event);
        } catch (cause) {
          complaints.push(TapedeckError.from(cause).message);
        }
      }
      // What cannot be read stays as it is from one round to the next.
      const complaint = complaints.join('; ');
      if (complaint !== '' && complaint !== seen.complaint) {
        this.#options.onBadMessage(`snapshot of ${symbol}: ${complaint}`, JSON.stringify(snapshot).slice(0, 500));
      }
      seen.complaint = complaint;
    }
  }
}

/** The last finished minute where it has changed; null for no news, as any member may be missing for a symbol that hardly trades. */
function newBar(symbol: string, snapshot: WireMessage, context: MapContext, seen: Seen): MarketEvent | null {
  const minute = member(snapshot, 'minuteBar');
  if (minute === null) return null;
  const bar = mapBar(symbol, '1m', minute, context, false);
  const key = `${bar.timeMs} ${bar.volume} ${bar.tradeCount} ${bar.close}`;
  const marketMs = context.receivedMs - providerDelayMs(context.provider);
  if (key === seen.barKey || bar.timeMs + INTERVAL_MS['1m'] > marketMs) return null;
  const isUpdate = bar.timeMs === seen.barTimeMs;
  seen.barKey = key;
  seen.barTimeMs = bar.timeMs;
  return { ...bar, isUpdate };
}

function newQuote(symbol: string, snapshot: WireMessage, context: MapContext, seen: Seen): MarketEvent | null {
  const latest = member(snapshot, 'latestQuote');
  if (latest === null) return null;
  const quote = mapQuote(symbol, latest, context);
  const key = `${quote.timeMs} ${quote.nanosOfMs} ${quote.bid} ${quote.ask}`;
  if (key === seen.quoteKey) return null;
  seen.quoteKey = key;
  return quote;
}

function newTrade(symbol: string, snapshot: WireMessage, context: MapContext, seen: Seen): MarketEvent | null {
  const latest = member(snapshot, 'latestTrade');
  if (latest === null) return null;
  const trade = mapTrade(symbol, latest, context);
  const key = `${trade.exchange} ${trade.id}`;
  if (key === seen.tradeKey) return null;
  seen.tradeKey = key;
  return trade;
}

function member(snapshot: WireMessage, name: string): WireMessage | null {
  const value = snapshot[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as WireMessage) : null;
}
