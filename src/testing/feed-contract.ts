import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Feed, FeedBatch } from '../feeds/feed.ts';
import { type Bar, type MarketEvent, marketEventFromJson, marketEventToJson } from '../market/index.ts';

/** A feed of its own for one test, connected to whatever stands in for its provider. */
export interface FeedContractSubject {
  readonly feed: Feed;
  /** At least two that the provider knows. */
  readonly symbols: readonly [string, string, ...string[]];
  readonly unknownSymbol: string;
  /** The provider's time; history is asked for the days before it. */
  readonly nowMs: number;
  /** Makes a quiet provider send something about these symbols; called until events arrive. */
  provoke?(symbols: readonly string[]): void | Promise<void>;
  /** Closes what stands in for the provider; the feed is closed by then. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;
const PATIENCE = { timeout: 10_000, interval: 20 };

/** What every feed promises (see `feed.ts`). */
export function describeFeedContract(name: string, open: () => Promise<FeedContractSubject>): void {
  describe(`${name} keeps the promises of a feed`, () => {
    let subject: FeedContractSubject;
    let feed: Feed;

    beforeEach(async () => {
      subject = await open();
      feed = subject.feed;
    });

    afterEach(async () => {
      await feed.close();
      await subject.close();
    });

    it('says that it is live before its first event', async () => {
      const reader = new StreamReader(feed, subject.symbols);
      await reader.untilEvents(subject, 1);
      await reader.stop();
      const withState = reader.batches.findIndex(({ notices }) =>
        notices.some((notice) => notice.kind === 'state' && notice.state === 'live'),
      );
      const withEvents = reader.batches.findIndex(({ events }) => events.length > 0);
      expect(withState).toBeGreaterThanOrEqual(0);
      expect(withState).toBeLessThanOrEqual(withEvents);
    });

    it('yields events that the market layer accepts, marked with its source', async () => {
      const reader = new StreamReader(feed, subject.symbols);
      await reader.untilEvents(subject, 20);
      await reader.stop();
      for (const event of reader.events) {
        expect(marketEventFromJson(JSON.parse(marketEventToJson(event)), DEFAULTS)).toEqual(event);
        if (feed.source !== 'replay') expect(event.source).toBe(feed.source);
      }
    });

    it('numbers what it receives with times that never run backwards', async () => {
      const reader = new StreamReader(feed, subject.symbols);
      await reader.untilEvents(subject, 20);
      await reader.stop();
      const received = reader.events.map((event) => event.receivedMs);
      expect(received).toEqual([...received].sort((a, b) => a - b));
    });

    it('streams the symbols that are wanted, and those alone', async () => {
      if (feed.source === 'replay') return;
      const [first, second] = subject.symbols;
      const reader = new StreamReader(feed, [first]);
      await reader.untilEvents(subject, 3, [first]);
      expect(new Set(reader.events.map((event) => event.symbol))).toEqual(new Set([first]));
      feed.setSymbols([second]);
      await vi.waitFor(async () => {
        await subject.provoke?.([second]);
        expect(reader.events.some((event) => event.symbol === second)).toBe(true);
      }, PATIENCE);
      await reader.stop();
    });

    it('ends soon after its signal aborts, and may be streamed again', async () => {
      const first = new StreamReader(feed, subject.symbols);
      await first.untilEvents(subject, 1);
      await first.stop();
      const second = new StreamReader(feed, subject.symbols);
      await second.untilEvents(subject, 1);
      await second.stop();
      expect(first.failure).toBeNull();
      expect(second.failure).toBeNull();
    });

    it('yields no event for a signal that is aborted already', async () => {
      const reader = new StreamReader(feed, subject.symbols, AbortSignal.abort());
      await reader.stop();
      expect(reader.events).toEqual([]);
    });

    it('ends its stream when it is closed', async () => {
      const reader = new StreamReader(feed, subject.symbols);
      await reader.untilEvents(subject, 1);
      await feed.close();
      await reader.ended();
      expect(reader.failure).toBeNull();
    });

    it.each(['1m', '1d'] as const)('answers finished %s bars in ascending order within the range', async (interval) => {
      const [symbol] = subject.symbols;
      const days = interval === '1m' ? 2 : 30;
      const range = { fromMs: subject.nowMs - days * DAY_MS, toMs: subject.nowMs - DAY_MS / 2 };
      const bars: Bar[] = [];
      const signal = new AbortController().signal;
      for await (const page of feed.history({ symbol, interval, ...range, signal })) bars.push(...page);
      for (const [index, bar] of bars.entries()) {
        expect(bar).toMatchObject({ type: 'bar', symbol, interval });
        expect(bar.timeMs).toBeGreaterThan(bars[index - 1]?.timeMs ?? range.fromMs - 1);
        expect(bar.timeMs).toBeLessThan(range.toMs);
        expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close, bar.low));
        expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
      }
    });

    it('answers no history to a signal that is aborted already', async () => {
      const [symbol] = subject.symbols;
      const range = { fromMs: subject.nowMs - DAY_MS, toMs: subject.nowMs };
      const pages: (readonly Bar[])[] = [];
      try {
        for await (const page of feed.history({ symbol, interval: '1m', ...range, signal: AbortSignal.abort() })) {
          pages.push(page);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
      expect(pages).toEqual([]);
    });

    it('knows its instruments, and says of others that it does not', async () => {
      const [symbol] = subject.symbols;
      expect(await feed.instrument(symbol)).toMatchObject({ symbol });
      expect(await feed.instrument(subject.unknownSymbol)).toBeNull();
    });

    it('lists the instruments it knows, each once, or nothing at all', async () => {
      const listed = (await feed.listInstruments()).map((instrument) => instrument.symbol);
      expect(new Set(listed).size).toBe(listed.length);
      if (listed.length > 0) expect(listed).toEqual(expect.arrayContaining([...subject.symbols]));
    });

    it('finds an exact symbol first and keeps to the limit', async () => {
      const [symbol] = subject.symbols;
      const found = await feed.findInstruments(symbol.toLowerCase(), 3);
      expect(found[0]?.symbol).toBe(symbol);
      expect(found.length).toBeLessThanOrEqual(3);
      expect(await feed.findInstruments(symbol.slice(0, 1), 1)).toHaveLength(1);
    });

    it('leaves no timer and no handle behind when it is closed', async () => {
      const idle = heldResources();
      const reader = new StreamReader(feed, subject.symbols);
      await reader.untilEvents(subject, 1);
      await feed.close();
      await reader.ended();
      await subject.close();
      // Not vi.waitFor, whose own timers would be counted.
      for (let turn = 0; turn < 2_000 && heldSince(idle).length > 0; turn++) await nextTurn();
      expect(heldSince(idle)).toEqual([]);
    });
  });
}

const DEFAULTS = { source: 'live', provider: 'nobody', receivedMs: 0 } as const;

/** Reads a stream in the background. */
class StreamReader {
  readonly batches: FeedBatch[] = [];
  failure: unknown = null;
  readonly #abort = new AbortController();
  readonly #reading: Promise<void>;
  #hasEnded = false;

  constructor(feed: Feed, symbols: readonly string[], signal?: AbortSignal) {
    const signals = signal === undefined ? [this.#abort.signal] : [this.#abort.signal, signal];
    this.#reading = this.#read(feed, symbols, AbortSignal.any(signals));
  }

  get events(): readonly MarketEvent[] {
    return this.batches.flatMap((batch) => batch.events);
  }

  async untilEvents(
    subject: FeedContractSubject,
    count: number,
    symbols: readonly string[] = subject.symbols,
  ): Promise<void> {
    await vi.waitFor(async () => {
      if (this.failure !== null) throw this.failure;
      if (this.events.length < count) await subject.provoke?.(symbols);
      expect(this.events.length).toBeGreaterThanOrEqual(count);
    }, PATIENCE);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.ended();
  }

  /** Fails the test when the stream does not end. */
  async ended(): Promise<void> {
    await vi.waitFor(() => expect(this.#hasEnded).toBe(true), PATIENCE);
    await this.#reading;
  }

  async #read(feed: Feed, symbols: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      for await (const batch of feed.stream({ symbols, resumeToken: null, signal })) this.batches.push(batch);
    } catch (error) {
      this.failure = error;
    } finally {
      this.#hasEnded = true;
    }
  }
}

/** Timers and sockets that keep a process alive, those of the test runner included. */
function heldResources(): readonly string[] {
  const kinds = ['TCPSocketWrap', 'TLSWrap', 'FSReqCallback', 'FSReqPromise', 'Timeout'];
  return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind));
}

function heldSince(before: readonly string[]): readonly string[] {
  const rest = [...before];
  return heldResources().filter((kind) => {
    const known = rest.indexOf(kind);
    if (known >= 0) rest.splice(known, 1);
    return known < 0;
  });
}
