import type { Feed, FeedBatch, StreamRequest } from '../feeds/feed.ts';
import { createMockFeed } from '../feeds/mock/mock-feed.ts';
import type { MockOptions } from '../feeds/mock/mock-options.ts';
import { FakeTime } from './fake-time.ts';

/** What the mock market says in `[startMs, endMs)` of its own time, as fast as it can be computed; the same each time. */
export async function recordMock(
  options: MockOptions,
  symbols: readonly string[],
  startMs: number,
  endMs: number,
): Promise<readonly FeedBatch[]> {
  const time = new FakeTime(startMs);
  const feed = createMockFeed({ options, clock: time, sleep: time.sleep });
  const ending = new AbortController();
  const batches: FeedBatch[] = [];
  for await (const batch of feed.stream({ symbols, resumeToken: null, signal: ending.signal })) {
    batches.push(batch);
    if (time.now() >= endMs) ending.abort();
  }
  await feed.close();
  return batches;
}

/** Says again what was recorded, `count` batches at each stream and then no more until it is streamed anew. */
export class RecordedFeed implements Feed {
  readonly name = 'mock';
  readonly source = 'mock';
  readonly symbolLimit = null;
  readonly setSymbols = (): void => undefined;
  readonly #batches: readonly FeedBatch[];
  readonly #history: Feed;
  #at = 0;
  readonly #count: number;

  /** `history` answers for everything but the stream, and is closed with this feed. */
  constructor(batches: readonly FeedBatch[], count: number, history: Feed) {
    this.#batches = batches;
    this.#count = count;
    this.#history = history;
  }

  async *stream(request: StreamRequest): AsyncIterable<FeedBatch> {
    const end = Math.min(this.#at + this.#count, this.#batches.length);
    for (; this.#at < end && !request.signal.aborted; this.#at++) {
      const batch = this.#batches[this.#at];
      if (batch !== undefined) yield batch;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (request.signal.aborted) return;
    await new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }));
  }

  history(request: Parameters<Feed['history']>[0]): ReturnType<Feed['history']> {
    return this.#history.history(request);
  }

  findInstruments(query: string, limit: number): ReturnType<Feed['findInstruments']> {
    return this.#history.findInstruments(query, limit);
  }

  listInstruments(): ReturnType<Feed['listInstruments']> {
    return this.#history.listInstruments();
  }

  instrument(symbol: string): ReturnType<Feed['instrument']> {
    return this.#history.instrument(symbol);
  }

  close(): Promise<void> {
    return this.#history.close();
  }
}
