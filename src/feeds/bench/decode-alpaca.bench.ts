import { streaming } from '@alpacahq/alpaca-trade-api';
import { decode } from '@msgpack/msgpack';
import type { MarketEvent } from '../../market/index.ts';
import { encodeFrame, type StandInMessage } from '../../testing/alpaca/stand-in-wire.ts';
import { type Benchmark, type BenchmarkResult, compareSeconds } from '../../testing/benchmark.ts';
import { type MapContext, mapStreamMessage, type WireMessage } from '../alpaca/alpaca-mapper.ts';

const FRAMES = 100;
const MESSAGES_PER_FRAME = 500;
const SYMBOLS = 100;
const RUNS = 9;
const MIN_RATIO = 0.5;

/** The SDK's stream without a network: frames are handed to it as its socket would. */
class OfflineStream extends streaming.StockDataStream {
  readonly #line: { deliver: (frame: Buffer) => void };

  constructor() {
    const line: { deliver: (frame: Buffer) => void } = { deliver: () => undefined };
    super({
      credentials: { keyId: 'key', secret: 'secret' },
      url: 'ws://127.0.0.1:1',
      reconnect: false,
      wsFactory: () => ({
        on: (event: string, listener: (...values: unknown[]) => void) => {
          if (event === 'message') line.deliver = listener;
        },
        send: () => undefined,
        close: () => undefined,
      }),
    });
    this.#line = line;
    this.connect();
  }

  receive(frame: Buffer): void {
    this.#line.deliver(frame);
  }
}

/** What the feed does with a frame: the SDK decodes, the mapper validates. */
class MappingStream extends OfflineStream {
  count = 0;
  last: MarketEvent | null = null;

  protected override handleMessage(message: unknown): void {
    const context: MapContext = {
      source: 'live',
      provider: 'alpaca',
      receivedMs: Date.now(),
      phaseOf: () => 'trading',
    };
    for (const wire of message as readonly WireMessage[]) {
      const event = mapStreamMessage(wire, context);
      if (event === null) continue;
      this.last = event;
      this.count++;
    }
  }
}

export const decodeAlpaca: Benchmark = {
  name: 'decode-alpaca',
  goal: '>= 0.5x',
  isMet: ({ ratio }) => ratio !== null && ratio >= MIN_RATIO,
  skipReason: () => null,
  run: decodeBenchmark,
};

async function decodeBenchmark(): Promise<BenchmarkResult> {
  const frames = Array.from({ length: FRAMES }, (_, frame) => {
    const messages = Array.from({ length: MESSAGES_PER_FRAME }, (_, at) => messageAt(frame * MESSAGES_PER_FRAME + at));
    return Buffer.from(encodeFrame(messages, 'msgpack'));
  });
  const bare = (): void => {
    for (const frame of frames) decode(frame);
  };
  const mapping = new MappingStream();
  const feed = await compareSeconds(
    RUNS,
    () => {
      for (const frame of frames) mapping.receive(frame);
    },
    bare,
  );
  const messages = FRAMES * MESSAGES_PER_FRAME;
  if (mapping.count !== messages * (RUNS + 1)) throw new Error(`mapped ${mapping.count} messages`);
  const callbacks = await compareSeconds(3, sdkCallbacks(frames), bare);
  const ratio = feed.baseline / feed.subject;
  const callbackRatio = (callbacks.baseline / callbacks.subject).toFixed(2);
  return {
    value: Math.round(messages / feed.subject),
    unit: 'messages/s',
    baseline: '@msgpack/msgpack decode with its defaults, the same frames',
    baselineValue: Math.round(messages / feed.baseline),
    ratio,
    conditions:
      `${SYMBOLS} symbols, frames of ${MESSAGES_PER_FRAME} (40 % trades, 55 % quotes, 5 % bars), nanoseconds and 64-bit ids exact; ` +
      `the SDK's own callbacks, without validation, reach ${callbackRatio}x`,
  };
}

/** What it would cost to take typed events from the SDK. */
function sdkCallbacks(frames: readonly Buffer[]): () => void {
  const stream = new OfflineStream();
  let count = 0;
  const take = (): void => void count++;
  stream.onTrade(take).onQuote(take).onBar(take);
  return () => {
    for (const frame of frames) stream.receive(frame);
  };
}

function messageAt(index: number): StandInMessage {
  const S = `S${String(index % SYMBOLS).padStart(3, '0')}`;
  const t = `2026-07-13T13:45:${String(index % 60).padStart(2, '0')}.${String((index * 7919) % 1e9).padStart(9, '0')}Z`;
  const p = 100 + (index % 500) / 100;
  const kind = index % 20;
  if (kind === 0) {
    const bar = { o: p, h: p + 0.21, l: p - 0.04, c: p + 0.15, v: 4210 + index, n: 57, vw: p + 0.087432 };
    return { T: 'b', S, ...bar, t: '2026-07-13T13:44:00Z' };
  }
  if (kind <= 8) return { T: 't', S, i: 52_983_525_000_000 + index, x: 'V', p, s: 100, c: ['@'], t, z: 'C' };
  return { T: 'q', S, ax: 'V', ap: p + 0.03, as: 300, bx: 'V', bp: p, bs: 200, c: ['R'], t, z: 'C' };
}
