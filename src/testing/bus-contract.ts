import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus, TopicKind } from '../bus/bus.ts';
import type { Alert, DeadLetter } from '../market/index.ts';
import { SAMPLE_EVENTS, sampleTrade, sampleTrades } from './bus-events.ts';
import { DONE, idsOf, nameOf, Reader, until } from './bus-reader.ts';

/** A log of its own for one test; `open` may be called again after the bus was closed and finds what was written. */
export interface BusContractSubject {
  open(): Promise<Bus>;
  /** Puts a message on partition 0 as another program would; called while the bus is closed. */
  publishRaw(topic: TopicKind, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** What every bus promises; `createSubject` gives a log with the number of partitions asked for. */
export function describeBusContract(
  name: string,
  createSubject: (partitionCount: number) => Promise<BusContractSubject>,
): void {
  describe(`${name} keeps the promises of a bus`, () => {
    let subject: BusContractSubject;
    let bus: Bus;

    beforeEach(async () => {
      subject = await createSubject(3);
      bus = await subject.open();
    });

    afterEach(async () => {
      await bus.close();
      await subject.remove();
    });

    it('hands over every kind of event as it was published', async () => {
      const topics = Object.keys(SAMPLE_EVENTS) as TopicKind[];
      const reader = new Reader();
      for (const topic of topics) await bus.publish(topic, SAMPLE_EVENTS[topic]);
      await bus.consume(reader.request({ topics }));
      const countOf = (topic: TopicKind): number =>
        reader.batches.filter((batch) => batch.topic === topic).reduce((sum, batch) => sum + batch.records.length, 0);
      // Kafka may have compacted what shares a key away by now; the samples of control do not share one.
      await until(() => topics.every((topic) => countOf(topic) >= SAMPLE_EVENTS[topic].length));
      for (const topic of topics) {
        const batches = reader.batches.filter((batch) => batch.topic === topic);
        const events = batches.flatMap((batch) => batch.records.map((record) => record.event as object));
        expect(events).toHaveLength(SAMPLE_EVENTS[topic].length);
        expect(events).toEqual(expect.arrayContaining([...SAMPLE_EVENTS[topic]]));
      }
    });

    it('keeps the order of each symbol and spreads symbols over partitions', async () => {
      const symbols = ['AAPL', 'MSFT', 'NVDA', 'TSLA', 'AMZN'];
      for (let round = 0; round < 20; round++) {
        await bus.publish(
          'trades',
          symbols.flatMap((symbol) => sampleTrades(5, symbol, round * 5)),
        );
      }
      const reader = new Reader();
      await bus.consume(reader.request());
      await until(() => reader.ids.length >= 500);
      for (const symbol of symbols) {
        expect(reader.ids.filter((id) => id.startsWith(symbol))).toEqual(idsOf(sampleTrades(100, symbol)));
      }
      expect(new Set(reader.batches.map((batch) => batch.partition)).size).toBeGreaterThan(1);
    });

    it('keeps the order of publishes that do not wait for each other', async () => {
      const publishes = Array.from({ length: 50 }, (_, index) => bus.publish('trades', [sampleTrade(index)]));
      await Promise.all(publishes);
      const reader = new Reader();
      await bus.consume(reader.request());
      await until(() => reader.ids.length >= 50);
      expect(reader.ids).toEqual(idsOf(sampleTrades(50)));
    });

    it('puts everything about a symbol on one partition number', async () => {
      const [candle] = SAMPLE_EVENTS.candles;
      const [quote] = SAMPLE_EVENTS.quotes;
      if (candle === undefined || quote === undefined) throw new Error('samples are missing');
      await bus.publish('trades', [sampleTrade(1, 'AAPL')]);
      await bus.publish('candles', [candle]);
      await bus.publish('quotes', [quote]);
      const reader = new Reader();
      await bus.consume(reader.request({ topics: ['trades', 'candles', 'quotes'] }));
      await until(() => reader.batches.length >= 3);
      expect(new Set(reader.batches.map((batch) => batch.partition)).size).toBe(1);
    });

    it('covers all offsets with its batches, none larger than asked for', async () => {
      await bus.publish('trades', sampleTrades(100));
      const reader = new Reader();
      await bus.consume(reader.request({ maxBatchRecords: 7 }));
      await until(() => reader.ids.length >= 100);
      let next = 0;
      for (const batch of reader.batches) {
        expect(batch.records.length).toBeLessThanOrEqual(7);
        expect(batch.firstOffset).toBe(next);
        next = batch.nextOffset;
      }
      expect(next).toBe(100);
    });

    it('goes on from the stored position after a restart, without loss or repeat', async () => {
      const reader = new Reader();
      const first = await bus.consume(reader.request({ maxBatchRecords: 10 }));
      await bus.publish('trades', sampleTrades(300));
      await until(() => reader.ids.length >= 50);
      await first.close();
      await bus.publish('trades', sampleTrades(100, 'AAPL', 300));
      await bus.close();
      bus = await subject.open();
      await bus.consume(reader.request({ maxBatchRecords: 10 }));
      await bus.publish('trades', sampleTrades(100, 'AAPL', 400));
      await until(() => reader.ids.length >= 500);
      expect(reader.ids).toEqual(idsOf(sampleTrades(500)));
    });

    it('is the same cluster with the same end after it was opened again', async () => {
      await bus.publish('trades', sampleTrades(10));
      const { clusterId } = bus;
      const ends = await bus.endOffsets('trades');
      await bus.close();
      bus = await subject.open();
      expect(bus.clusterId).toBe(clusterId);
      expect(bus.partitionCount).toBe(3);
      expect(await bus.endOffsets('trades')).toEqual(ends);
      expect(ends.reduce((sum, end) => sum + end, 0)).toBe(10);
    });

    it('continues where a handler seeks to', async () => {
      await bus.publish('trades', sampleTrades(20));
      const seen: number[] = [];
      let hasSought = false;
      await bus.consume(
        new Reader().request({
          maxBatchRecords: 5,
          onBatch: (batch) => {
            if (batch.firstOffset === 10 && !hasSought) {
              hasSought = true;
              return Promise.resolve({ kind: 'seek', offset: 3 });
            }
            seen.push(...batch.records.map((record) => record.offset));
            return Promise.resolve(DONE);
          },
        }),
      );
      await until(() => seen.length >= 27);
      expect(seen).toEqual([...range(0, 10), ...range(3, 20)]);
    });

    it('tells of a bad message and goes on', async () => {
      // The symbols are chosen by trying: AAPL must lie on the partition the raw message goes to.
      const symbol = await symbolOnPartitionZero(bus);
      await bus.close();
      await subject.publishRaw('trades', '{"version":1,"type":"trade","symbol":"AAPL","price":-1}');
      bus = await subject.open();
      await bus.publish('trades', [sampleTrade(2, symbol)]);
      const reader = new Reader();
      await bus.consume(reader.request());
      await until(() => reader.ids.includes(`${symbol}-2`));
      const bad = reader.batches.flatMap((batch) => batch.badRecords);
      expect(bad).toHaveLength(1);
      expect(bad[0]?.payload).toContain('"price":-1');
      expect(bad[0]?.reason).not.toBe('');
    });

    it('hands a refused batch over again', async () => {
      await bus.publish('trades', sampleTrades(20));
      const reader = new Reader();
      let refusals = 0;
      await bus.consume(
        reader.request({
          maxBatchRecords: 10,
          onBatch: (batch) => {
            if (batch.firstOffset === 10 && refusals < 2) {
              refusals++;
              return Promise.reject(new Error('the store is away'));
            }
            return Promise.resolve(reader.take(batch));
          },
        }),
      );
      await until(() => reader.ids.length >= 20);
      expect(refusals).toBe(2);
      expect(reader.ids).toEqual(idsOf(sampleTrades(20)));
    });

    it('waits for a position that cannot be loaded yet', async () => {
      await bus.publish('trades', sampleTrades(5));
      const reader = new Reader();
      let failures = 0;
      await bus.consume(
        reader.request({
          loadPosition: () => {
            if (failures++ === 0) return Promise.reject(new Error('the store is away'));
            return Promise.resolve(null);
          },
        }),
      );
      await until(() => reader.ids.length >= 5);
      expect(reader.ids).toEqual(idsOf(sampleTrades(5)));
    });

    it('gives every group everything', async () => {
      const [one, two] = [new Reader(), new Reader()];
      await bus.consume(one.request({ group: 'one' }));
      await bus.publish('trades', sampleTrades(50));
      await bus.consume(two.request({ group: 'two' }));
      await until(() => one.ids.length >= 50 && two.ids.length >= 50);
      expect(one.ids).toEqual(two.ids);
    });

    it('starts a private group at the latest event', async () => {
      await bus.publish('trades', sampleTrades(50));
      const reader = new Reader();
      await bus.consume(reader.request({ group: 'serve-1', startAt: 'latest', isEphemeral: true }));
      await bus.publish('trades', sampleTrades(5, 'AAPL', 50));
      await until(() => reader.ids.length >= 5);
      expect(reader.ids).toEqual(idsOf(sampleTrades(5, 'AAPL', 50)));
    });

    it('tells of a stored position beyond the log and goes on within it', async () => {
      const symbol = await symbolOnPartitionZero(bus);
      const reader = new Reader();
      reader.positions.set('trades-0', 1_000_000);
      await bus.consume(
        reader.request({
          onBatch: (batch) => {
            reader.batches.push(batch);
            return Promise.resolve(DONE);
          },
        }),
      );
      await until(() => reader.outside.length > 0);
      // The end of a log that lost its tail, the beginning of one that was made anew: only the bus can tell.
      const [end = 0] = await bus.endOffsets('trades');
      expect(reader.outside).toMatchObject([{ stored: 1_000_000 }]);
      expect(reader.outside[0]?.resumedAt).toBeGreaterThanOrEqual(0);
      expect(reader.outside[0]?.resumedAt).toBeLessThanOrEqual(end);
      await bus.publish('trades', [sampleTrade(9, symbol)]);
      await until(() => reader.ids.includes(`${symbol}-9`));
    });

    it('writes nothing when nothing is published', async () => {
      await bus.publish('trades', []);
      expect(await bus.endOffsets('trades')).toEqual([0, 0, 0]);
    });

    it('never hands over two batches of one partition number at once', async () => {
      const topics: TopicKind[] = ['trades', 'candles'];
      const busy = new Set<number>();
      let handed = 0;
      let overlaps = 0;
      await bus.consume(
        new Reader().request({
          topics,
          maxBatchRecords: 5,
          onBatch: async (batch) => {
            if (busy.has(batch.partition)) overlaps++;
            busy.add(batch.partition);
            await new Promise((resolve) => setTimeout(resolve, 2));
            busy.delete(batch.partition);
            handed += batch.records.length;
            return DONE;
          },
        }),
      );
      const [candle] = SAMPLE_EVENTS.candles;
      if (candle === undefined) throw new Error('samples are missing');
      const candles = Array.from({ length: 50 }, (_, index) => ({ ...candle, revision: index }));
      await Promise.all([bus.publish('trades', sampleTrades(50)), bus.publish('candles', candles)]);
      await until(() => handed >= 100);
      expect(overlaps).toBe(0);
    });

    it('finishes the batch in hand and hands over no other once closed', async () => {
      await bus.publish('trades', sampleTrades(100));
      const events: string[] = [];
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const consumption = await bus.consume(
        new Reader().request({
          maxBatchRecords: 10,
          onBatch: async () => {
            events.push('begin');
            await held;
            events.push('end');
            return DONE;
          },
        }),
      );
      await until(() => events.length > 0);
      const closing = consumption.close().then(() => events.push('closed'));
      setTimeout(release, 20);
      await closing;
      expect(events).toEqual(['begin', 'end', 'closed']);
    });

    it('tells how far behind a consumer is, and which partitions it owns', async () => {
      await bus.publish('trades', sampleTrades(30));
      const reader = new Reader();
      const consumption = await bus.consume(reader.request());
      await until(() => reader.ids.length >= 30);
      await until(() => reader.assigned.length >= 3);
      expect(reader.assigned.map(nameOf).sort()).toEqual(['trades-0', 'trades-1', 'trades-2']);
      const lags = await consumption.lag();
      expect(lags.reduce((sum, lag) => sum + lag.endOffset, 0)).toBe(30);
      expect(lags.every((lag) => lag.position === lag.endOffset)).toBe(true);
    });

    it('makes dead letters of events that their schema forbids, and takes those beside them', async () => {
      const good = sampleTrades(4);
      const forbidden = [
        { ...sampleTrade(10), price: Number.NaN },
        { ...sampleTrade(11), symbol: '' },
        { ...sampleTrade(12), symbol: 'A"\n' },
        { ...sampleTrade(13), timeMs: Number.NaN },
        { ...sampleTrade(14), conditions: undefined as unknown as readonly string[] },
      ];
      const reader = new Reader();
      await bus.publish('trades', [...good.slice(0, 2), ...forbidden, ...good.slice(2)]);
      await bus.publish('trades', forbidden.slice(0, 1));
      await bus.publish('alerts', [{ symbol: 'AAPL' } as unknown as Alert]);
      await bus.consume(reader.request({ topics: ['trades', 'alerts', 'dead-letters'] }));
      const letters = (): readonly DeadLetter[] =>
        reader.batches
          .flatMap((batch) => (batch.topic === 'dead-letters' ? batch.records : []))
          .map(({ event }) => event);
      await until(() => reader.ids.length >= 4 && letters().length >= 7);
      expect(reader.ids).toEqual(idsOf(good));
      expect(reader.batches.flatMap(({ badRecords }) => badRecords)).toEqual([]);
      const reasons = letters().map(({ reason }) => reason);
      for (const reason of [/price: .*NaN/, /symbol: /, /timeMs: .*NaN/, /conditions: /]) {
        expect(reasons).toContainEqual(expect.stringMatching(reason));
      }
      expect(letters().every(({ partition, position }) => partition === null && position === null)).toBe(true);
      expect(letters().some(({ payload }) => payload.includes('"price":"NaN"'))).toBe(true);
    });

    it('refuses to publish or consume once closed', async () => {
      await bus.close();
      await expect(bus.publish('trades', sampleTrades(1))).rejects.toMatchObject({ code: 'closed' });
      await expect(bus.consume(new Reader().request())).rejects.toMatchObject({ code: 'closed' });
      expect(bus.state.isConnected).toBe(false);
    });
  });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Publishes one trade each of several symbols until one lands on partition 0. */
async function symbolOnPartitionZero(bus: Bus): Promise<string> {
  for (const symbol of ['AAPL', 'MSFT', 'NVDA', 'TSLA', 'AMZN', 'GOOG', 'META', 'AMD']) {
    await bus.publish('trades', [sampleTrade(1, symbol)]);
    const [end = 0] = await bus.endOffsets('trades');
    if (end > 0) return symbol;
  }
  throw new Error('no symbol fell on partition 0');
}
