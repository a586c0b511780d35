import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeEvent } from '../../bus/codec.ts';
import type { Bus } from '../../bus/bus.ts';
import { createReplayFeed, type Feed } from '../../feeds/index.ts';
import { type DeadLetter, systemClock, TapedeckError, type Trade } from '../../market/index.ts';
import type { Store, StoredDeadLetter } from '../../store/index.ts';
import { sampleTrade } from '../../testing/bus-events.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { emptyBatch } from '../../testing/store-rows.ts';
import { Activity } from '../activity.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { openPipeline } from '../open-pipeline.ts';
import type { Pipeline, PipelineOptions } from '../pipeline.ts';
import { DeadLetterRetry } from './dead-letter-retry.ts';

const ALL = { fromMs: null, toMs: null, limit: 10_000 };
const EVERY = { topic: null, reason: null, state: null, fromMs: null, toMs: null };

function letterOf(position: number | null, payload: string, changes: Partial<DeadLetter> = {}): DeadLetter {
  return {
    origin: 'trades',
    topic: 'trades',
    partition: 0,
    position,
    reason: 'the broker was away',
    payload,
    timeMs: Date.UTC(2026, 6, 13, 14),
    ...changes,
  };
}

describe('retrying dead letters', { timeout: 120_000 }, () => {
  let fixture: PipelineFixture;
  let pipelines: Pipeline[];
  let batches: number;

  beforeEach(async () => {
    pipelines = [];
    batches = 0;
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(async () => {
    for (const pipeline of pipelines) await pipeline.close();
    await fixture.close();
  }, 60_000);

  async function bury(...deadLetters: readonly DeadLetter[]): Promise<readonly StoredDeadLetter[]> {
    const position = { clusterId: 'test', consumer: 'bury', topic: 'trades', partition: 0 };
    const expected = batches === 0 ? null : batches;
    await fixture.store.persist({ ...emptyBatch(position, expected, ++batches), deadLetters });
    return fixture.store.deadLetters(ALL);
  }

  async function open(changes: Partial<PipelineOptions> = {}): Promise<Pipeline> {
    const pipeline = await openPipeline(fixture.options({ roles: new Set(['analyze', 'persist']), ...changes }));
    pipelines.push(pipeline);
    return pipeline;
  }

  /** A desk of its own, as another host has it, with what a test puts in place of bus, store and time. */
  function deskWith(changes: { bus?: Bus; store?: Store; feed?: Feed; nowMs?: () => number } = {}): DeadLetterRetry {
    const clock = { now: changes.nowMs ?? (() => systemClock.now()) };
    const { bus = fixture.bus, store = fixture.store, feed = null } = changes;
    return new DeadLetterRetry({
      options: { ...fixture.options({}), bus, store, feed },
      activity: new Activity(systemClock, new Set(['persist'])),
      sharedClock: clock,
    });
  }

  const tradesOf = (symbol: string): Promise<readonly Trade[]> => fixture.store.trades({ symbol, ...ALL });
  const storedTrade = (trade: Trade) =>
    eventually('the trade is stored', async () => (await tradesOf(trade.symbol)).length > 0);

  it('sends a message that is good now through again, into trades and candles', async () => {
    const trade = sampleTrade(1);
    const [letter] = await bury(letterOf(7, encodeEvent('trades', trade)));
    const pipeline = await open();
    expect(pipeline.status().deadLetters).toBe(1);
    expect(await pipeline.deadLetters.retry(letter?.id ?? -1)).toMatchObject({
      state: 'retried',
      outcome: 'published to trades',
      retries: 1,
    });
    expect(pipeline.status().deadLetters).toBe(0);
    await storedTrade(trade);
    await eventually('the candle is stored', async () => {
      const candles = await fixture.store.candles({ symbol: 'AAPL', interval: '1m', source: null, ...ALL });
      return candles.length === 1 && candles[0]?.tradeCount === 1;
    });
  });

  it('stores it once when two retry it at the same time, and only one of them is told that it did', async () => {
    const trade = sampleTrade(2);
    const [letter] = await bury(letterOf(7, encodeEvent('trades', trade)));
    const { deadLetters } = await open();
    const id = letter?.id ?? -1;
    const outcomes = await Promise.allSettled([deadLetters.retry(id), deskWith().retry(id), deskWith().retry(id)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
    await storedTrade(trade);
    expect(await fixture.bus.endOffsets('trades')).toEqual([1]);
  });

  it('stores it once when the process dies between publishing and settling', async () => {
    const trade = sampleTrade(5);
    const [letter] = await bury(letterOf(7, encodeEvent('trades', trade)));
    const id = letter?.id ?? -1;
    await open();
    const dead = () => Promise.reject(new TapedeckError('closed', 'killed'));
    const dying = withMethods(fixture.store, { settleDeadLetters: dead, releaseDeadLetters: dead });
    await expect(deskWith({ store: dying }).retry(id)).rejects.toThrow('killed');
    await expect(deskWith().retry(id)).rejects.toMatchObject({ code: 'conflict', retryable: true });
    const later = () => systemClock.now() + 61_000;
    expect(await deskWith({ nowMs: later }).retry(id)).toMatchObject({ state: 'retried' });
    await eventually('both are read', async () => {
      const position = { clusterId: fixture.bus.clusterId, consumer: 'persist', topic: 'trades', partition: 0 };
      return (await fixture.store.position(position)) === 2;
    });
    expect(await tradesOf(trade.symbol)).toHaveLength(1);
    await eventually('the candle holds it once', async () => {
      const candles = await fixture.store.candles({ symbol: 'AAPL', interval: '1m', source: null, ...ALL });
      return candles.length === 1 && candles[0]?.tradeCount === 1;
    });
  });

  it('leaves it open with the reason of now when it is refused again', async () => {
    const [letter] = await bury(letterOf(7, '{"type":"trade"}'));
    const desk = deskWith();
    const first = await desk.retry(letter?.id ?? -1);
    expect(first).toMatchObject({ state: 'open', retries: 1, outcome: 'refused again' });
    expect(first.reason).toContain('source');
    expect(await desk.retry(letter?.id ?? -1)).toMatchObject({ state: 'open', retries: 2 });
    expect(await fixture.bus.endOffsets('trades')).toEqual([0]);
  });

  it('leaves it as it was when the bus does not take it, to be retried at once', async () => {
    const [letter] = await bury(letterOf(7, encodeEvent('trades', sampleTrade(4))));
    const publish = () => Promise.reject(new TapedeckError('connection-lost', 'no broker', { retryable: true }));
    const bus = withMethods(fixture.bus, { publish });
    await expect(deskWith({ bus }).retry(letter?.id ?? -1)).rejects.toMatchObject({ retryable: true });
    expect(await fixture.store.deadLetter(letter?.id ?? -1)).toMatchObject({ state: 'open', retries: 0 });
    expect(await deskWith().retry(letter?.id ?? -1)).toMatchObject({ state: 'retried' });
  });

  it('retries all of a filter, page by page, and counts what came of it', async () => {
    const letters = Array.from({ length: 1_200 }, (_, index) =>
      letterOf(index, index % 100 === 0 ? '{}' : encodeEvent('trades', sampleTrade(index))),
    );
    const stream = letterOf(null, 'garbage', { origin: 'stream', topic: '', partition: null });
    await bury(
      ...letters,
      stream,
      letterOf(1, encodeEvent('quotes', quoteOf()), { topic: 'quotes', origin: 'quotes' }),
    );
    const desk = deskWith();
    expect(await desk.retryAll({ ...EVERY, topic: 'trades' })).toEqual({ retried: 1_188, failed: 12, unretryable: 0 });
    expect(await fixture.bus.endOffsets('trades')).toEqual([1_188]);
    expect(await desk.retryAll(EVERY)).toEqual({ retried: 1, failed: 12, unretryable: 1 });
    expect(await fixture.store.countDeadLetters()).toBe(13);
    expect(await desk.retryAll({ ...EVERY, state: 'retried' })).toEqual({ retried: 0, failed: 0, unretryable: 0 });
  });

  it('reads the line of a replayed file as its feed does', async () => {
    const file = join(fixture.directory, 'day.csv');
    await writeFile(file, 'symbol,time,open,high,low,close,volume\nAAPL,2026-07-13T13:45:00Z,1,2,1,2,10\n');
    const feed = await createReplayFeed({ file, columns: null, symbols: [], speed: 'max', clock: systemClock });
    const ofFile = { origin: 'day.csv', topic: '', partition: null };
    const [good, bad, other] = await bury(
      letterOf(2, 'AAPL,2026-07-13T13:45:00Z,1,2,1,2,10', ofFile),
      letterOf(3, 'AAPL,2026-07-13T13:46:00Z,1,2,1,x,10', ofFile),
      letterOf(2, 'AAPL,1', { ...ofFile, origin: 'week.csv' }),
    );
    const desk = deskWith({ feed });
    expect(await desk.retry(good?.id ?? -1)).toMatchObject({ state: 'retried', outcome: 'published to bars' });
    expect(await desk.retry(bad?.id ?? -1)).toMatchObject({
      state: 'open',
      reason: expect.stringContaining('close') as string,
    });
    await expect(desk.retry(other?.id ?? -1)).rejects.toThrow('what is being replayed is day.csv');
    expect(await fixture.bus.endOffsets('bars')).toEqual([1]);
    await feed.close();
  });

  it('says of what cannot be sent again why', async () => {
    const [frame, cut, line] = await bury(
      letterOf(null, '{"T":"t"', { origin: 'alpaca', topic: '', partition: null }),
      letterOf(8, `{"note":"${'x'.repeat(70_000)}`.slice(0, 65_536)),
      letterOf(9, '{}', { origin: 'day.ndjson', topic: '', partition: null }),
    );
    const desk = deskWith();
    await expect(desk.retry(frame?.id ?? -1)).rejects.toMatchObject({
      code: 'conflict',
      userMessage: expect.stringContaining('only the provider') as string,
    });
    await expect(desk.retry(cut?.id ?? -1)).rejects.toThrow('64 KiB');
    await expect(desk.retry(line?.id ?? -1)).rejects.toThrow('day.ndjson');
    expect(await fixture.store.deadLetter(cut?.id ?? -1)).toMatchObject({
      state: 'open',
      reason: 'the broker was away',
      outcome: expect.stringContaining('64 KiB') as string,
    });
    await expect(desk.retry(12_345)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('discards, takes back, and refuses both where it makes no sense', async () => {
    const [letter] = await bury(letterOf(7, '{}'));
    const id = letter?.id ?? -1;
    const desk = deskWith();
    expect(await desk.discard(id)).toMatchObject({ state: 'discarded' });
    await expect(desk.discard(id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('discarded') as string,
    });
    await expect(desk.retry(id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await desk.reopen(id)).toMatchObject({ state: 'open' });
    await expect(desk.reopen(id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(desk.discard(12_345)).rejects.toMatchObject({ code: 'not-found' });
  });
});

function quoteOf() {
  const { price: _price, size: _size, id: _id, sequence: _sequence, ...rest } = sampleTrade(1);
  return { ...rest, type: 'quote', bid: 1, bidSize: 1, ask: 2, askSize: 1 } as const;
}
