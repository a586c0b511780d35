import { afterEach, expect, vi } from 'vitest';
import { type AlpacaFeedOptions, createAlpacaFeed } from '../../feeds/alpaca/alpaca-feed.ts';
import type { AlpacaTiming } from '../../feeds/alpaca/alpaca-timing.ts';
import type { Feed, FeedNotice } from '../../feeds/feed.ts';
import { type Clock, type MarketEvent, silentLog } from '../../market/index.ts';
import {
  type AlpacaStandIn,
  type AlpacaStandInOptions,
  FREE_ACCOUNT,
  PAID_ACCOUNT,
  type StandInAsset,
  type StandInConnection,
  type StandInMessage,
  startAlpacaStandIn,
} from './alpaca-stand-in.ts';

export const QUICK: AlpacaTiming = {
  connectTimeoutMs: 2000,
  answerTimeoutMs: 500,
  pingMs: 1000,
  pongWaitMs: 500,
  reconnectBaseMs: 10,
  reconnectMaxMs: 40,
  silenceMs: 60_000,
  assetsLookMs: 10,
  pollMs: 20,
  restTimeoutMs: 2000,
  restRetryBaseMs: 5,
  restRetryMaxMs: 20,
};

/** Monday morning in New York: the market is open. */
export const OPEN_MS = Date.parse('2026-07-13T14:00:00Z');
export const SUNDAY_MS = Date.parse('2026-07-12T14:00:00Z');

export function clockAt(startMs: number): Clock {
  const began = performance.now();
  return { now: () => startMs + Math.floor(performance.now() - began) };
}

/** Stands still until it is moved. */
export function movableClock(startMs: number): Clock & { advance(ms: number): void } {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

type Notice<K extends FeedNotice['kind']> = Extract<FeedNotice, { kind: K }>;

/** Reads a stream in the background. */
export class Reader {
  readonly events: MarketEvent[] = [];
  readonly notices: FeedNotice[] = [];
  error: unknown = null;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;

  constructor(feed: Feed, symbols: readonly string[]) {
    this.#done = this.#read(feed, symbols);
  }

  of<K extends FeedNotice['kind']>(kind: K): Notice<K>[] {
    return this.notices.filter((notice): notice is Notice<K> => notice.kind === kind);
  }

  states(): readonly string[] {
    return this.of('state').map(({ state }) => state);
  }

  trades(): readonly string[] {
    return this.events.flatMap((event) => (event.type === 'trade' ? [event.id] : []));
  }

  async live(times = 1): Promise<void> {
    await eventually(() =>
      expect(this.states().filter((state) => state === 'live').length).toBeGreaterThanOrEqual(times),
    );
  }

  /** The stream has ended by itself. */
  async ended(): Promise<void> {
    await this.#done;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #read(feed: Feed, symbols: readonly string[]): Promise<void> {
    try {
      for await (const batch of feed.stream({ symbols, resumeToken: null, signal: this.#abort.signal })) {
        this.events.push(...batch.events);
        this.notices.push(...batch.notices);
      }
    } catch (error) {
      this.error = error;
    }
  }
}

export const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8000, interval: 5 });

export interface Setting {
  readonly standIn: AlpacaStandIn;
  readonly feed: Feed;
  readonly read: (symbols: readonly string[]) => Reader;
}

/** Closed in reverse order after each test. */
export const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export async function start(
  options: Partial<Omit<AlpacaFeedOptions, 'timing'>> & { readonly timing?: Partial<AlpacaTiming> } = {},
  standInOptions: AlpacaStandInOptions = {},
): Promise<Setting> {
  const clock = options.clock ?? clockAt(OPEN_MS);
  const accounts = [{ ...FREE_ACCOUNT, requestsPerMinute: 60_000 }, PAID_ACCOUNT];
  const standIn = await startAlpacaStandIn({ clock, accounts, closeAfterErrorMs: 10, ...standInOptions });
  cleanups.push(() => standIn.close());
  const feed = createAlpacaFeed({
    keyId: FREE_ACCOUNT.keyId,
    secret: FREE_ACCOUNT.secret,
    streamUrl: standIn.streamUrl,
    dataUrl: standIn.dataUrl,
    tradingUrl: standIn.tradingUrl,
    requestsPerMinute: 60_000,
    random: () => 0,
    log: silentLog,
    ...options,
    clock,
    timing: { ...QUICK, ...options.timing },
  });
  cleanups.push(() => feed.close());
  return {
    standIn,
    feed,
    read: (symbols) => {
      const reader = new Reader(feed, symbols);
      cleanups.push(() => reader.stop());
      return reader;
    },
  };
}

let nextId = 1;

export function trade(symbol: string, id: number | bigint = nextId++): StandInMessage {
  return { T: 't', S: symbol, i: id, x: 'V', p: 101.25, s: 100, c: ['@'], t: '2026-07-13T14:00:01.120034501Z', z: 'C' };
}

export function quote(symbol: string, t = '2026-07-13T14:00:01Z'): StandInMessage {
  return { T: 'q', S: symbol, ax: 'V', ap: 101.27, as: 300, bx: 'V', bp: 101.24, bs: 200, c: ['R'], t, z: 'C' };
}

export function lastConnection(standIn: AlpacaStandIn): StandInConnection {
  const connection = standIn.connections.at(-1);
  if (connection === undefined) throw new Error('nothing has connected');
  return connection;
}

export function frames(standIn: AlpacaStandIn): readonly Record<string, unknown>[] {
  return standIn.requests.filter(({ kind }) => kind === 'frame').map(({ frame }) => frame as Record<string, unknown>);
}

export function symbols(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `S${String(index).padStart(4, '0')}`);
}

export function assetsOf(names: readonly string[]): readonly StandInAsset[] {
  return names.map((symbol) => ({ symbol, name: `${symbol} Inc.`, exchange: 'NYSE', hasData: true }));
}
