import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Instrument, type MarketEvent, marketEventToJson } from '../../market/index.ts';
import { openEventRecorder } from './event-recorder.ts';
import { createReplayFeed } from './replay-feed.ts';

const APPLE: Instrument = {
  symbol: 'AAPL',
  name: 'Apple',
  sector: 'Information Technology',
  industry: 'Technology Hardware',
  exchange: 'NASDAQ',
  calendar: 'always-open',
  priceDecimals: 2,
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-record-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const price = fc.integer({ min: 1, max: 10_000_000 }).map((cents) => cents / 100);
const size = fc.nat({ max: 100_000 });
const text = fc.string({ maxLength: 12 });
const base = {
  symbol: fc.constantFrom('AAPL', 'BRK.B', 'BTC/USD'),
  timeMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  nanosOfMs: fc.nat({ max: 999_999 }),
  source: fc.constantFrom('live' as const, 'mock' as const, 'replay' as const, 'backfill' as const),
  provider: fc.constantFrom('alpaca', 'mock', 'replay'),
  receivedMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
};
const id = fc.string({ minLength: 1, maxLength: 20 });
const conditions = fc.array(text, { maxLength: 3 });
const anyEvent: fc.Arbitrary<MarketEvent> = fc.oneof(
  fc.record({
    ...base,
    type: fc.constant('trade' as const),
    price,
    size,
    id,
    exchange: text,
    tape: text,
    conditions,
    sequence: fc.option(fc.nat()),
  }),
  fc.record({
    ...base,
    type: fc.constant('quote' as const),
    bid: price,
    bidSize: size,
    ask: price,
    askSize: size,
    exchange: text,
    conditions,
  }),
  fc.record({
    ...base,
    type: fc.constant('correction' as const),
    exchange: text,
    tape: text,
    originalId: id,
    id,
    price,
    size,
    conditions,
  }),
  fc.record({ ...base, type: fc.constant('cancel' as const), exchange: text, tape: text, originalId: id }),
  fc.record({
    ...base,
    type: fc.constant('status' as const),
    phase: fc.constantFrom('trading' as const, 'halted' as const, 'quoting' as const),
    statusCode: text,
    reasonCode: text,
    reason: text,
  }),
  fc.record({
    ...base,
    type: fc.constant('bar' as const),
    interval: fc.constantFrom('1m' as const, '1d' as const),
    open: fc.constant(2.5),
    high: fc.constant(3),
    low: fc.constant(2),
    close: fc.constant(2.25),
    volume: size,
    vwap: fc.option(price),
    tradeCount: fc.nat(),
    isUpdate: fc.boolean(),
  }),
);

async function recordAll(file: string, events: readonly MarketEvent[]): Promise<void> {
  const instrumentOf = async (symbol: string): Promise<Instrument | null> => (symbol === 'AAPL' ? APPLE : null);
  const recorder = await openEventRecorder({ file, instrumentOf });
  for (const event of events) await recorder.write(marketEventToJson(event));
  await recorder.close();
}

async function replay(file: string) {
  const feed = await createReplayFeed({ file, columns: null, symbols: [], speed: 'max', clock: { now: () => 0 } });
  const events: MarketEvent[] = [];
  const reasons: string[] = [];
  const signal = new AbortController().signal;
  for await (const batch of feed.stream({ symbols: [], resumeToken: null, signal })) {
    events.push(...batch.events);
    for (const notice of batch.notices) if (notice.kind === 'bad-message') reasons.push(notice.reason);
  }
  await feed.close();
  return { events, reasons, apple: await feed.instrument('AAPL') };
}

const sample = fc.sample(anyEvent, { seed: 1, numRuns: 50 });

describe.each(['day.ndjson', 'day.ndjson.gz'])('recording to %s', (name) => {
  it('is replayed as the same events', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { maxLength: 40 }), async (events) => {
        const file = join(folder, `${run++}-${name}`);
        await recordAll(file, events);
        expect(await replay(file)).toMatchObject({ events, reasons: [] });
      }),
      { numRuns: 40 },
    );
  });

  it('adds to what is there', async () => {
    const file = join(folder, name);
    await recordAll(file, sample);
    await recordAll(file, sample);
    expect((await replay(file)).events).toEqual([...sample, ...sample]);
  });

  it('keeps what the feed knew of a symbol', async () => {
    const file = join(folder, name);
    await recordAll(file, sample);
    expect((await replay(file)).apple).toEqual(APPLE);
  });

  it('goes on behind the remains of a writer that was killed', async () => {
    const file = join(folder, name);
    await recordAll(file, sample);
    const whole = await readFile(file);
    await truncate(file, whole.length - 20);
    await recordAll(file, sample);
    const { events, reasons } = await replay(file);
    expect(events.slice(-sample.length)).toEqual(sample);
    expect(events.length).toBeGreaterThan(sample.length);
    expect(reasons.length).toBeLessThanOrEqual(1);
  });
});

describe('recording', () => {
  it('listens to a full file once at a time, however long the recording', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning.name);
    process.on('warning', onWarning);
    const recorder = await openEventRecorder({
      file: join(folder, 'long.ndjson'),
      instrumentOf: () => Promise.resolve(null),
    });
    const line = JSON.stringify({ type: 'status', reason: 'x'.repeat(200_000) });
    for (let count = 0; count < 30; count++) await recorder.write(line);
    await recorder.close();
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('may be closed by each who holds it', async () => {
    const file = join(folder, 'twice.ndjson.gz');
    const recorder = await openEventRecorder({ file, instrumentOf: async () => null });
    await Promise.all([recorder.close(), recorder.close()]);
    await recorder.close();
    expect((await readFile(file)).length).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'says on a full disk that it has stopped, and closes without another word',
    async () => {
      const recorder = await openEventRecorder({ file: '/dev/full', instrumentOf: async () => null });
      const line = JSON.stringify({ type: 'status', reason: 'x'.repeat(100_000) });
      const writing = async (): Promise<void> => {
        for (;;) await recorder.write(line);
      };
      await expect(writing()).rejects.toMatchObject({
        code: 'disk-full',
        userMessage: expect.stringContaining('The recording stopped.'),
      });
      await expect(recorder.write(line)).rejects.toMatchObject({ code: 'disk-full' });
      await recorder.close();
    },
  );

  it.skipIf(!existsSync('/dev/full'))('keeps a compressed recording that it has no room to mend', async () => {
    const file = join(folder, 'day.ndjson.gz');
    const broken = gzipSync(randomBytes(300_000)).subarray(0, -10);
    await writeFile(file, broken);
    await symlink('/dev/full', `${file}.mended`);
    await expect(openEventRecorder({ file, instrumentOf: async () => null })).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(broken.equals(await readFile(file))).toBe(true);
    expect(await readdir(folder)).toEqual(['day.ndjson.gz']);
  });

  it.each(['day.ndjson', 'day.ndjson.gz'])('refuses a folder called %s', async (name) => {
    const file = join(folder, name);
    await mkdir(file);
    await writeFile(join(file, 'other'), '');
    await expect(openEventRecorder({ file, instrumentOf: async () => null })).rejects.toMatchObject({
      message: expect.stringContaining(file),
    });
  });

  it('refuses a file that cannot be written, and says which', async () => {
    await writeFile(join(folder, 'file'), '');
    await appendFile(join(folder, 'file'), 'x');
    const file = join(folder, 'file', 'day.ndjson');
    await expect(openEventRecorder({ file, instrumentOf: async () => null })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining(file),
    });
  });
});
