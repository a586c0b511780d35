import { describe, expect, it } from 'vitest';
import { type DeadLetter, FIRST_EVENT_MS, LAST_EVENT_MS, type TradeEvent } from '../market/index.ts';
import type { Store } from '../store/index.ts';
import {
  BASE_MS,
  alertOf,
  cancelOf,
  candleOf,
  correctionOf,
  emptyBatch,
  incompressibleText,
  indicatorSetOf,
  positionOf,
  recordsOf,
  tradeOf,
} from './store-rows.ts';

const ALL = { fromMs: null, toMs: null, limit: 100_000 };

/** By symbol; throws when a symbol comes twice. */
async function eventsIn(
  store: Store,
  symbols: readonly string[],
  fromMs: number,
  toMs: number,
): Promise<Record<string, readonly TradeEvent[]>> {
  const bySymbol: Record<string, readonly TradeEvent[]> = {};
  for await (const { symbol, events } of store.tradeEventsIn(symbols, fromMs, toMs)) {
    if (symbol in bySymbol) throw new Error(`${symbol} comes twice`);
    bySymbol[symbol] = events;
  }
  return bySymbol;
}

export function describePersistence(current: () => Store): void {
  describe('persist', () => {
    it('stores rows and the next position together', async () => {
      const store = current();
      const position = positionOf(0, 'together');
      const candle = candleOf({ symbol: 'TOG' });
      const outcome = await store.persist({
        ...emptyBatch(position, null, 10),
        trades: recordsOf([tradeOf(1, { symbol: 'TOG' }), tradeOf(2, { symbol: 'TOG' })]),
        candles: [candle],
        indicators: [indicatorSetOf(candle)],
        alerts: [alertOf(1, { symbol: 'TOG' })],
      });
      expect(outcome).toEqual({ kind: 'stored', newTrades: 2, repeatedTrades: 0 });
      expect(await store.position(position)).toBe(10);
      expect(await store.trades({ symbol: 'TOG', ...ALL })).toHaveLength(2);
      expect(await store.candles({ symbol: 'TOG', interval: '1m', source: null, ...ALL })).toEqual([candle]);
      expect(await store.indicators({ symbol: 'TOG', interval: '1m', ...ALL })).toEqual([indicatorSetOf(candle)]);
      expect(await store.alerts({ symbol: 'TOG', ...ALL })).toEqual([alertOf(1, { symbol: 'TOG' })]);
    });

    it('writes nothing when somebody else has moved the position', async () => {
      const store = current();
      const position = positionOf(1, 'fenced');
      await store.persist(emptyBatch(position, null, 10));
      const trades = [tradeOf(1, { symbol: 'FENCE' })];
      for (const expected of [null, 9, 11]) {
        expect(await store.persist({ ...emptyBatch(position, expected, 20), trades: recordsOf(trades) })).toEqual({
          kind: 'conflict',
          storedOffset: 10,
        });
      }
      expect(await store.persist({ ...emptyBatch(positionOf(2, 'fenced'), 5, 20), trades: recordsOf(trades) })).toEqual(
        {
          kind: 'conflict',
          storedOffset: null,
        },
      );
      expect(await store.trades({ symbol: 'FENCE', ...ALL })).toEqual([]);
      expect(await store.position(position)).toBe(10);
    });

    it('follows a log that lost its end back to where it is, for the owner who knows the position only', async () => {
      const store = current();
      const position = positionOf(14, 'shortened');
      await store.persist(emptyBatch(position, null, 100));
      expect(await store.persist(emptyBatch(position, 99, 20))).toEqual({ kind: 'conflict', storedOffset: 100 });
      expect(await store.persist(emptyBatch(position, 100, 20))).toMatchObject({ kind: 'stored' });
      expect(await store.position(position)).toBe(20);
    });

    it('lets one of two owners of a partition win, and stores its rows once', async () => {
      const store = current();
      const position = positionOf(3, 'owners');
      const trades = Array.from({ length: 500 }, (_, index) => tradeOf(index, { symbol: 'OWN' }));
      const outcomes = await Promise.all(
        [1, 2, 3].map(() => store.persist({ ...emptyBatch(position, null, 500), trades: recordsOf(trades) })),
      );
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['conflict', 'conflict', 'stored']);
      expect(await store.trades({ symbol: 'OWN', ...ALL })).toHaveLength(500);
    });

    it('stores a repeated trade once, within a batch, in the next one, and in one that opens with repeats', async () => {
      const store = current();
      const position = positionOf(4, 'repeats');
      const trades = Array.from({ length: 100 }, (_, index) => tradeOf(index, { symbol: 'REP' }));
      const [first, second] = [trades.slice(0, 60), trades.slice(40)];
      expect(
        await store.persist({
          ...emptyBatch(position, null, 1),
          trades: recordsOf([...first, ...first.slice(10, 20)]),
        }),
      ).toEqual({
        kind: 'stored',
        newTrades: 60,
        repeatedTrades: 10,
      });
      expect(await store.persist({ ...emptyBatch(position, 1, 2), trades: recordsOf(second) })).toEqual({
        kind: 'stored',
        newTrades: 40,
        repeatedTrades: 20,
      });
      const stored = await store.trades({ symbol: 'REP', ...ALL });
      expect(stored).toEqual(trades.map((trade) => ({ ...trade, amendment: null })));
    });

    it('tells prints apart by microsecond, exchange and id', async () => {
      const store = current();
      const trade = tradeOf(1, { symbol: 'APART' });
      const trades = [trade, { ...trade, id: '2' }, { ...trade, exchange: 'Q' }, { ...trade, nanosOfMs: 35_501 }];
      await store.persist({ ...emptyBatch(positionOf(5, 'apart'), null, 1), trades: recordsOf(trades) });
      expect(await store.trades({ symbol: 'APART', ...ALL })).toHaveLength(4);
    });

    it('keeps nanoseconds, odd conditions and text that SQL cannot hold', async () => {
      const store = current();
      const trades = [
        tradeOf(1, { symbol: 'ODD', nanosOfMs: 999_999, conditions: [], sequence: null, timeMs: BASE_MS }),
        tradeOf(2, { symbol: 'ODD', nanosOfMs: 1, conditions: ['ü', '"{,}\\', ''], price: 1e-9, size: 0.125 }),
        tradeOf(3, {
          symbol: 'ODD',
          id: '52983525034326',
          sequence: 9_007_199_254_740_991,
          timeMs: 1,
        }),
      ];
      await store.persist({ ...emptyBatch(positionOf(6, 'odd'), null, 1), trades: recordsOf(trades) });
      const stored = await store.trades({ symbol: 'ODD', fromMs: -1e15, toMs: null, limit: 10 });
      expect(stored).toEqual([2, 0, 1].map((index) => ({ ...trades[index], amendment: null })));
      const poisoned = tradeOf(4, { symbol: 'NUL', tape: 'a\0b\uD800', conditions: ['\0'] });
      await store.persist({ ...emptyBatch(positionOf(6, 'nul'), null, 1), trades: recordsOf([poisoned]) });
      const [kept] = await store.trades({ symbol: 'NUL', ...ALL });
      expect([kept?.tape, kept?.conditions]).toEqual(['a\uFFFDb\uFFFD', ['\uFFFD']]);
    });

    it('says of a value that no row can hold that it is not worth another try, and stores nothing of the batch', async () => {
      const store = current();
      const position = positionOf(15, 'unstorable');
      const beyondNanoseconds = cancelOf('1', { symbol: 'UNST', timeMs: Date.parse('0001-01-01T00:00:00Z') });
      for (const bad of [beyondNanoseconds, tradeOf(2, { symbol: 'UNST', id: incompressibleText(12_000) })]) {
        const trades = recordsOf([tradeOf(1, { symbol: 'UNST' }), bad]);
        const refused = store.persist({ ...emptyBatch(position, null, 2), trades });
        await expect(refused).rejects.toMatchObject({ code: 'bad-message', retryable: false });
      }
      expect(await store.position(position)).toBeNull();
      expect(await store.trades({ symbol: 'UNST', ...ALL })).toEqual([]);
    });

    it('holds the longest ids and exchanges, and the first and last times, that may be on the bus', async () => {
      const store = current();
      const symbol = 'LONGESTSYMBOL.2345-7';
      const digits = incompressibleText(3_000);
      const longest = (from: number): string =>
        Array.from({ length: 200 }, (_, at) =>
          String.fromCodePoint(0x1_0000 + parseInt(digits.slice(from + at * 5, from + at * 5 + 5), 16)),
        ).join('');
      const [id, exchange, newId] = [longest(0), longest(1_000), longest(2_000)];
      const bounds = [FIRST_EVENT_MS, LAST_EVENT_MS].map((timeMs) => tradeOf(1, { symbol, timeMs, id, exchange }));
      const timeMs = LAST_EVENT_MS;
      const correction = correctionOf(id, { symbol, timeMs, nanosOfMs: 999_999, id: newId, exchange });
      const position = positionOf(16, 'longest');
      const outcome = await store.persist({
        ...emptyBatch(position, null, 3),
        trades: recordsOf([...bounds, correction]),
      });
      expect(outcome).toMatchObject({ kind: 'stored', newTrades: 2 });
      const stored = await store.trades({ symbol, fromMs: FIRST_EVENT_MS, toMs: null, limit: 10 });
      expect(stored.map(({ timeMs, price }) => [timeMs, price])).toEqual([
        [FIRST_EVENT_MS, bounds[0]?.price],
        [LAST_EVENT_MS, correction.price],
      ]);
    });

    it('takes batches larger than one statement', async () => {
      const store = current();
      const trades = Array.from({ length: 12_001 }, (_, index) => tradeOf(index, { symbol: 'BIG' }));
      const position = positionOf(7, 'big');
      expect(await store.persist({ ...emptyBatch(position, null, 1), trades: recordsOf(trades) })).toMatchObject({
        newTrades: 12_001,
      });
      expect(await store.persist({ ...emptyBatch(position, 1, 2), trades: recordsOf(trades) })).toMatchObject({
        repeatedTrades: 12_001,
      });
    });

    it('accepts a candle only with a higher revision, or the same one closed', async () => {
      const store = current();
      const position = positionOf(8, 'revisions');
      const at = (revision: number, close: number, isClosed = false) =>
        candleOf({ symbol: 'REV', revision, close, isClosed });
      const read = async () => (await store.candles({ symbol: 'REV', interval: '1m', source: null, ...ALL }))[0];
      await store.persist({ ...emptyBatch(position, null, 1), candles: [at(2, 2), at(5, 5), at(3, 3)] });
      expect(await read()).toMatchObject({ revision: 5, close: 5 });
      await store.persist({ ...emptyBatch(position, 1, 2), candles: [at(4, 4)] });
      expect(await read()).toMatchObject({ revision: 5, close: 5 });
      await store.persist({ ...emptyBatch(position, 2, 3), candles: [at(5, 5, true)] });
      expect(await read()).toMatchObject({ revision: 5, isClosed: true });
      await store.persist({ ...emptyBatch(position, 3, 4), candles: [at(5, 9), at(6, 6, true)] });
      expect(await read()).toMatchObject({ revision: 6, close: 6, isClosed: true });
    });

    it('keeps one alert of an id, though it is fired again with another time', async () => {
      const store = current();
      const position = positionOf(11, 'alerts-again');
      const at = (timeMs: number) => alertOf(1, { id: 'again', symbol: 'AGN', timeMs });
      await store.persist({ ...emptyBatch(position, null, 2), alerts: [at(BASE_MS + 70), at(BASE_MS + 20)] });
      await store.persist({ ...emptyBatch(position, 2, 3), alerts: [at(BASE_MS + 50), at(BASE_MS + 20)] });
      expect(await store.alerts({ symbol: 'AGN', ...ALL })).toEqual([at(BASE_MS + 20)]);
    });

    it('accepts indicators only with a higher revision', async () => {
      const store = current();
      const position = positionOf(9, 'indicators');
      const at = (revision: number, sma20: number) =>
        indicatorSetOf(candleOf({ symbol: 'IND', revision }), { sma20, 'bollinger20-2.upper': 1.5 });
      await store.persist({ ...emptyBatch(position, null, 1), indicators: [at(3, 3)] });
      await store.persist({ ...emptyBatch(position, 1, 2), indicators: [at(2, 2)] });
      expect(await store.indicators({ symbol: 'IND', interval: '1m', ...ALL })).toEqual([at(3, 3)]);
    });

    it('applies late corrections and cancels to what is read, however often they come', async () => {
      const store = current();
      const position = positionOf(10, 'amendments');
      const trades = ['1', '2', '3', '4'].map((id, index) => tradeOf(index, { symbol: 'AMD', id }));
      await store.persist({ ...emptyBatch(position, null, 1), trades: recordsOf(trades) });
      const amendments = [
        correctionOf('2', { symbol: 'AMD' }),
        cancelOf('3', { symbol: 'AMD' }),
        correctionOf('4', { symbol: 'AMD' }),
        cancelOf('4-corrected', { symbol: 'AMD' }),
        cancelOf('nobody', { symbol: 'AMD' }),
      ];
      await store.persist({ ...emptyBatch(position, 1, 2), trades: recordsOf(amendments) });
      await store.persist({ ...emptyBatch(position, 2, 3), trades: recordsOf(amendments) });
      const stored = await store.trades({ symbol: 'AMD', ...ALL });
      expect(stored.map(({ id, price, amendment }) => [id, price, amendment])).toEqual([
        ['1', 100, null],
        ['2-corrected', 50, 'corrected'],
        ['3', 100.25, 'cancelled'],
        ['4-corrected', 50, 'cancelled'],
      ]);
      expect(await eventsIn(store, ['AMD'], BASE_MS + 1, BASE_MS + 4)).toEqual({
        AMD: [...trades.slice(1), ...amendments.slice(0, 4).toSorted((a, b) => a.timeMs - b.timeMs)],
      });
    });

    it('orders prints of one instant by sequence, and those of one sequence as they came over the bus', async () => {
      const store = current();
      const tie = (id: string, sequence: number | null) =>
        tradeOf(0, { symbol: 'TIE', id, sequence, exchange: id === 'b' ? 'A' : 'Z' });
      const trades = [tie('z', 1), tie('y', null), tie('x', 1), tie('w', 0), tie('b', 1)];
      await store.persist({ ...emptyBatch(positionOf(12, 'ties'), null, 9), trades: recordsOf(trades, 4) });
      const inOrder = ['y', 'w', 'z', 'x', 'b'];
      const events = await eventsIn(store, ['TIE'], BASE_MS, BASE_MS + 1);
      expect(events['TIE']?.map((event) => event.type === 'trade' && event.id)).toEqual(inOrder);
      const latest = await store.trades({ symbol: 'TIE', fromMs: null, toMs: null, limit: 3 });
      expect(latest.map(({ id }) => id)).toEqual(inOrder.slice(2));
    });

    it('answers the events of many symbols, each once and whole, however many there are', async () => {
      const store = current();
      const counts = { M1: 6_000, M2: 15_000, M3: 21_000, M4: 0 };
      const wanted: Record<string, readonly string[]> = {};
      let next: number | null = null;
      for (const [symbol, count] of Object.entries(counts)) {
        const trades = Array.from({ length: count }, (_, index) => tradeOf(index, { symbol }));
        wanted[symbol] = trades.map(({ id }) => id);
        await store.persist({
          ...emptyBatch(positionOf(13, 'many'), next, (next ?? 0) + 1),
          trades: recordsOf(trades),
        });
        next = (next ?? 0) + 1;
      }
      const events = await eventsIn(store, ['M4', 'M3', 'M1', 'M2'], BASE_MS, BASE_MS + 60_000);
      const ids = Object.entries(events).map(([symbol, all]) => [
        symbol,
        all.map((event) => 'id' in event && event.id),
      ]);
      expect(Object.fromEntries(ids)).toEqual(wanted);
    });

    it('leaves a print of another day alone when its id comes again', async () => {
      const store = current();
      const trades = [
        tradeOf(1, { symbol: 'DAY', id: '7' }),
        tradeOf(1, { symbol: 'DAY', id: '7', timeMs: BASE_MS + 2 * 86_400_000 }),
      ];
      const cancel = cancelOf('7', { symbol: 'DAY', timeMs: BASE_MS + 2 * 86_400_000 + 60_000 });
      await store.persist({ ...emptyBatch(positionOf(11, 'days'), null, 1), trades: recordsOf([...trades, cancel]) });
      const stored = await store.trades({ symbol: 'DAY', ...ALL });
      expect(stored.map(({ amendment }) => amendment)).toEqual([null, 'cancelled']);
    });

    it('keeps a dead letter once for each place it came from', async () => {
      const store = current();
      const position = positionOf(12, 'letters');
      const letter: DeadLetter = {
        origin: 'file',
        topic: 'day.ndjson',
        partition: null,
        position: 17,
        reason: 'price must be positive',
        payload: '{"price":-1}\0',
        timeMs: BASE_MS,
      };
      const frame = { ...letter, origin: 'stream', position: null };
      await store.persist({ ...emptyBatch(position, null, 1), deadLetters: [letter, frame, frame] });
      await store.persist({ ...emptyBatch(position, 1, 2), deadLetters: [{ ...letter, timeMs: BASE_MS + 5 }] });
      const letters = await store.deadLetters(ALL);
      expect(letters.map(({ origin }) => origin).sort()).toEqual(['file', 'stream', 'stream']);
      expect(letters[0]?.payload).toBe('{"price":-1}\uFFFD');
    });
  });
}
