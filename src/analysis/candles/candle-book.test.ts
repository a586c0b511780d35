import { describe, expect, it } from 'vitest';
import type { Bar, CalendarName, Candle, Interval, Trade, TradeCancel, TradeCorrection } from '../../market/index.ts';
import { isWithdrawn, providerDelayMs } from '../../market/index.ts';
import { createCandleBuilder } from './candle-book.ts';
import { type CandleBuilder, DEFAULT_CANDLE_OPTIONS } from './candle-builder.ts';

const at = (text: string): number => Date.parse(`2026-07-13T${text}Z`);
const RECEIVED_MS = at('23:59:59');
const origin = { symbol: 'ACME', nanosOfMs: 0, source: 'live', provider: 'alpaca', receivedMs: RECEIVED_MS } as const;

let nextId = 1;

function trade(time: string, price: number, change: Partial<Trade> = {}): Trade {
  const id = String(nextId++);
  const venue = { exchange: 'V', tape: 'C', conditions: ['@'], sequence: null };
  return { type: 'trade', ...origin, timeMs: at(time), price, size: 100, id, ...venue, ...change };
}

function bar(time: string, prices: readonly [number, number, number, number], change: Partial<Bar> = {}): Bar {
  const [open, high, low, close] = prices;
  const sums = { volume: 1000, vwap: close, tradeCount: 10 };
  return {
    type: 'bar',
    ...origin,
    timeMs: at(time),
    interval: '1m',
    open,
    high,
    low,
    close,
    ...sums,
    isUpdate: false,
    ...change,
  };
}

function builderOf(calendar: CalendarName = 'us-equities'): CandleBuilder {
  return createCandleBuilder({ ...DEFAULT_CANDLE_OPTIONS, calendarOf: () => calendar });
}

/** The newest state of each candle in what was drained. */
function drained(builder: CandleBuilder): readonly Candle[] {
  const newest = new Map<string, Candle>();
  for (const candle of builder.drain().candles) {
    newest.set(`${candle.interval} ${candle.openTimeMs} ${candle.source}`, candle);
  }
  return [...newest.values()];
}

function find(candles: readonly Candle[], interval: Interval, openTime: string, source = 'live'): Candle | undefined {
  return candles.find(
    (candle) => candle.interval === interval && candle.openTimeMs === at(openTime) && candle.source === source,
  );
}

describe('candles from trades', () => {
  it('come in five intervals: UTC buckets, and the trading day for 1d', () => {
    const builder = builderOf();
    builder.add(trade('14:44:10', 10));
    builder.add(trade('14:44:50', 12));
    const candles = drained(builder);
    expect(candles.map(({ interval, openTimeMs }) => [interval, openTimeMs])).toEqual([
      ['1m', at('14:44:00')],
      ['5m', at('14:40:00')],
      ['15m', at('14:30:00')],
      ['1h', at('14:00:00')],
      ['1d', at('04:00:00')],
    ]);
    for (const candle of candles) {
      expect(candle).toMatchObject({ open: 10, high: 12, low: 10, close: 12, volume: 200, vwap: 11, tradeCount: 2 });
      expect(candle).toMatchObject({ revision: 2, isClosed: false, source: 'live' });
    }
  });

  it('do not exist for minutes in which nothing formed a price, whose volume counts in longer ones', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 10));
    builder.add(trade('14:41:10', 99, { conditions: ['@', 'I'], size: 7 }));
    builder.add(trade('14:43:10', 11));
    const candles = drained(builder);
    expect(find(candles, '1m', '14:41:00')).toBeUndefined();
    expect(find(candles, '1m', '14:42:00')).toBeUndefined();
    expect(find(candles, '5m', '14:40:00')).toMatchObject({ high: 11, volume: 207, tradeCount: 3, revision: 3 });
  });

  it('close when the watermark passes their end, and are revised by late prints', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 10));
    drained(builder);
    builder.add(trade('14:41:01', 11));
    expect(find(drained(builder), '1m', '14:40:00')).toBeUndefined();
    builder.add(trade('14:41:02', 11));
    expect(find(drained(builder), '1m', '14:40:00')).toMatchObject({ isClosed: true, revision: 1 });
    builder.add(trade('14:40:59', 9));
    expect(find(drained(builder), '1m', '14:40:00')).toMatchObject({ isClosed: true, revision: 2, close: 9, low: 9 });
  });

  it.each(['alpaca', 'alpaca-delayed'])(
    'are undisturbed when one live print of %s claims to be of tomorrow',
    (provider) => {
      const wayMs = providerDelayMs(provider) + 40;
      const received = (event: Trade): Trade => ({ ...event, provider, receivedMs: event.timeMs + wayMs });
      const before = ['14:40:10', '14:40:50'].map((time) => received(trade(time, 10)));
      const after = ['14:41:05', '14:44:30', '14:46:00', '15:20:00'].flatMap((time) =>
        ['ACME', 'BETA'].map((symbol) => received(trade(time, 11, { symbol }))),
      );
      const tomorrow = { ...received(trade('14:40:55', 99)), timeMs: at('14:40:55') + 86_400_000 };
      const closedBy = (events: readonly Trade[]): readonly Candle[] => {
        const builder = builderOf();
        return events.flatMap((event) => {
          expect(builder.add(event)).toBe('added');
          return drained(builder).filter((candle) => candle.isClosed);
        });
      };
      const undisturbed = closedBy([...before, ...after]);
      expect(undisturbed.length).toBeGreaterThan(6);
      expect(closedBy([...before, tomorrow, ...after])).toEqual(undisturbed);
    },
  );

  it('go by the time of the prints alone where they are not live', () => {
    for (const source of ['mock', 'replay', 'backfill'] as const) {
      const builder = builderOf();
      builder.add(trade('14:40:10', 10, { source, receivedMs: 0 }));
      builder.add(trade('14:41:02', 11, { source, receivedMs: 0 }));
      expect(find(drained(builder), '1m', '14:40:00', source)).toMatchObject({ isClosed: true });
    }
  });

  it('close for quiet symbols when time goes on', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 10));
    drained(builder);
    builder.advanceTo(at('15:00:00'));
    expect(drained(builder).map(({ interval, isClosed }) => `${interval} ${isClosed}`)).toEqual([
      '1m true',
      '5m true',
      '15m true',
      '1h true',
    ]);
    expect(drained(builder)).toEqual([]);
  });

  it('take open and close by exchange time, then sequence, then order on the bus', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 12, { sequence: 2 }));
    builder.add(trade('14:40:10', 13, { sequence: 2 }));
    builder.add(trade('14:40:10', 11, { sequence: 1 }));
    builder.add(trade('14:40:10', 11.5, { sequence: 1 }));
    expect(find(drained(builder), '1m', '14:40:00')).toMatchObject({ open: 11, close: 13 });
  });

  it('count a repeated print once, whatever its id looks like', () => {
    const builder = builderOf();
    for (const id of ['7', '5', 'a-1', '007']) {
      expect(builder.add(trade('14:40:10', 10, { id }))).toBe('added');
      expect(builder.add(trade('14:40:10', 10, { id }))).toBe('duplicate');
      expect(builder.add(trade('14:40:10', 10, { id, exchange: 'Q' }))).toBe('added');
    }
    expect(builder.counts().duplicates).toBe(4);
    expect(find(drained(builder), '1m', '14:40:00')).toMatchObject({ tradeCount: 8, revision: 8 });
  });

  it('count a repeated print once on each of any number of exchanges, also after a restart', () => {
    const options = { ...DEFAULT_CANDLE_OPTIONS, calendarOf: (): CalendarName => 'us-equities' };
    const exchanges = Array.from({ length: 40 }, (_, index) => `X${index}`);
    const prints = exchanges.flatMap((exchange) => [
      trade('14:40:10', 10, { exchange, id: '1' }),
      trade('14:40:20', 11, { exchange, id: '2' }),
    ]);
    const builder = createCandleBuilder(options);
    for (const print of prints) expect(builder.add(print)).toBe('added');
    for (const print of prints) expect(builder.add(print)).toBe('duplicate');
    expect(find(drained(builder), '1m', '14:40:00')).toMatchObject({ tradeCount: 80, volume: 8_000 });
    const restarted = createCandleBuilder(options, builder.toState());
    for (const print of prints) expect(restarted.add(print)).toBe('duplicate');
    expect(restarted.add(trade('14:40:30', 12, { exchange: 'X39', id: '3' }))).toBe('added');
    expect(find(drained(restarted), '1m', '14:40:00')).toMatchObject({ tradeCount: 81, close: 12, revision: 81 });
  });

  it('leave extended-hours prints out of the daily prices, by condition or else by the calendar', () => {
    const builder = builderOf();
    builder.add(trade('12:00:00', 5, { conditions: ['@', 'T'] }));
    builder.add(trade('12:01:00', 6, { conditions: [] }));
    builder.add(trade('13:30:00', 10));
    builder.add(trade('20:00:01', 11, { conditions: ['@', '6'] }));
    builder.add(trade('20:30:00', 99, { conditions: ['@', 'T'] }));
    const candles = drained(builder);
    expect(find(candles, '1m', '12:00:00')).toMatchObject({ open: 5 });
    expect(find(candles, '1d', '04:00:00')).toMatchObject({ open: 10, high: 11, low: 10, close: 11, volume: 500 });
  });

  it('have no 1d candle on a day without trading', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 10, { timeMs: Date.parse('2026-07-11T15:00:00Z') }));
    expect(drained(builder).map((candle) => candle.interval)).toEqual(['1m', '5m', '15m', '1h']);
  });

  it('are taken back when every print that formed them is cancelled', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 10, { id: '1' }));
    drained(builder);
    const cancel: TradeCancel = {
      type: 'cancel',
      ...origin,
      timeMs: at('14:40:12'),
      exchange: 'V',
      tape: 'C',
      originalId: '1',
    };
    expect(builder.add(cancel)).toBe('added');
    const candle = find(drained(builder), '1m', '14:40:00');
    expect(candle).toMatchObject({ tradeCount: 0, volume: 0, revision: 2 });
    expect(candle !== undefined && isWithdrawn(candle)).toBe(true);
  });

  it('follow a correction at the place of the print it corrects', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 50, { id: '1' }));
    builder.add(trade('14:40:11', 10, { id: '2' }));
    const correction: TradeCorrection = {
      type: 'correction',
      ...origin,
      timeMs: at('14:40:30'),
      exchange: 'V',
      tape: 'C',
      originalId: '1',
      id: '3',
      price: 11,
      size: 10,
      conditions: ['@'],
    };
    expect(builder.add(correction)).toBe('added');
    expect(builder.add(correction)).toBe('duplicate');
    expect(find(drained(builder), '1m', '14:40:00')).toMatchObject({
      open: 11,
      high: 11,
      close: 10,
      volume: 110,
      revision: 3,
    });
  });

  it('count prints with an unknown condition, for volume only', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 10));
    builder.add(trade('14:40:11', 50, { conditions: ['ß'] }));
    expect(find(drained(builder), '1m', '14:40:00')).toMatchObject({ high: 10, volume: 200 });
    expect(builder.counts().unknownConditions).toBe(1);
  });
});

describe('bars of a feed', () => {
  it('make candles of their own in all intervals where nothing could be built', () => {
    const builder = builderOf();
    builder.addBar(bar('14:40:00', [10, 12, 9, 11]));
    builder.addBar(bar('14:41:00', [11, 15, 11, 14]));
    const candles = drained(builder);
    expect(find(candles, '1m', '14:40:00', 'feed-bar')).toMatchObject({
      open: 10,
      close: 11,
      isClosed: true,
      revision: 1,
    });
    expect(find(candles, '5m', '14:40:00', 'feed-bar')).toMatchObject({
      open: 10,
      high: 15,
      low: 9,
      close: 14,
      volume: 2000,
    });
    expect(find(candles, '1d', '04:00:00', 'feed-bar')).toMatchObject({ tradeCount: 20, revision: 2 });
  });

  it('are replaced by their updates, not by a repeat of the first version', () => {
    const builder = builderOf();
    const first = bar('14:40:00', [10, 12, 9, 11]);
    builder.addBar(first);
    builder.addBar(bar('14:40:00', [10, 13, 9, 11], { isUpdate: true, volume: 1100 }));
    builder.addBar(first);
    expect(find(drained(builder), '1m', '14:40:00', 'feed-bar')).toMatchObject({ high: 13, volume: 1100, revision: 2 });
  });

  it('stay apart from candles built from trades, and a difference is counted', () => {
    const builder = builderOf();
    builder.add(trade('14:39:59', 10));
    builder.add(trade('14:40:10', 10));
    builder.add(trade('14:41:10', 11));
    builder.addBar(bar('14:40:00', [10, 10, 10, 10], { volume: 100, tradeCount: 1 }));
    builder.addBar(bar('14:41:00', [11, 12, 11, 11], { volume: 100, tradeCount: 1 }));
    builder.advanceTo(at('14:45:00'));
    const candles = drained(builder);
    expect(find(candles, '1m', '14:41:00')).toMatchObject({ high: 11 });
    expect(find(candles, '1m', '14:41:00', 'feed-bar')).toMatchObject({ high: 12 });
    expect(find(candles, '5m', '14:40:00', 'feed-bar')).toBeUndefined();
    expect(builder.counts()).toMatchObject({ barsCompared: 2, barsDiffering: 1 });
  });

  it('of a day are candles as they come', () => {
    const builder = builderOf();
    builder.addBar(bar('04:00:00', [10, 12, 9, 11], { interval: '1d' }));
    builder.addBar(bar('04:00:00', [10, 13, 9, 12], { interval: '1d' }));
    expect(drained(builder)).toMatchObject([
      { interval: '1d', high: 13, revision: 2, isClosed: false, source: 'feed-bar' },
    ]);
    builder.advanceTo(at('04:00:00') + 86_400_000);
    expect(drained(builder)).toMatchObject([{ interval: '1d', high: 13, revision: 2, isClosed: true }]);
  });
});

describe('backfilled bars', () => {
  it('complete the running candles with what was before the start', () => {
    const builder = builderOf();
    builder.add(trade('14:43:10', 20));
    drained(builder);
    builder.addBar(bar('13:30:00', [5, 6, 4, 5], { source: 'backfill' }));
    builder.addBar(bar('14:41:00', [10, 12, 9, 11], { source: 'backfill' }));
    const candles = drained(builder);
    expect(find(candles, '1m', '14:41:00', 'backfill')).toMatchObject({ open: 10, isClosed: true });
    expect(find(candles, '5m', '14:40:00')).toMatchObject({
      open: 10,
      high: 20,
      low: 9,
      close: 20,
      tradeCount: 11,
      revision: 2,
    });
    expect(find(candles, '1d', '04:00:00')).toMatchObject({ open: 5, low: 4, close: 20, volume: 2100, revision: 3 });
  });

  it('supersede what was seen of a minute, unless the prints saw as much', () => {
    const builder = builderOf();
    builder.add(trade('14:40:30', 20));
    builder.add(trade('14:41:30', 20));
    builder.addBar(bar('14:40:00', [10, 12, 9, 11], { source: 'backfill' }));
    builder.addBar(bar('14:41:00', [10, 12, 9, 11], { source: 'backfill', tradeCount: 1, volume: 90 }));
    const candles = drained(builder);
    expect(find(candles, '1m', '14:40:00')).toMatchObject({
      open: 10,
      high: 20,
      low: 9,
      close: 11,
      volume: 1000,
      tradeCount: 10,
    });
    expect(find(candles, '1m', '14:41:00')).toMatchObject({
      open: 20,
      high: 20,
      low: 9,
      close: 20,
      volume: 100,
      tradeCount: 1,
    });
  });

  it('outside regular hours stay out of the daily prices', () => {
    const builder = builderOf();
    builder.addBar(bar('12:00:00', [1, 1, 1, 1], { source: 'backfill' }));
    builder.addBar(bar('13:30:00', [5, 6, 4, 5], { source: 'backfill' }));
    expect(find(drained(builder), '1d', '04:00:00', 'backfill')).toMatchObject({ low: 4, volume: 2000 });
  });
});

describe('memory', () => {
  it('lets go of prints and answers a late one with a request, kept until it is answered', () => {
    const builder = createCandleBuilder({
      ...DEFAULT_CANDLE_OPTIONS,
      retainPrintsMs: 0,
      calendarOf: () => 'always-open',
    });
    const first = trade('14:40:10', 10);
    builder.add(first);
    for (let minute = 0; minute < 90; minute++) {
      builder.advanceTo(at('14:42:00') + minute * 1_000);
      drained(builder);
    }
    expect(builder.counts().retainedPrints).toBe(0);
    const late = trade('14:40:20', 12);
    expect(builder.add(late)).toBe('deferred');
    const request = { symbol: 'ACME', fromMs: at('14:40:00'), toMs: at('14:41:00') };
    expect(builder.drain()).toEqual({ candles: [], rebuilds: [request] });
    expect(builder.drain()).toEqual({ candles: [], rebuilds: [] });
    expect(builder.applyRebuild(request, [first], [])).toBe('rebuilt');
    expect(find(drained(builder), '1m', '14:40:00')).toMatchObject({ open: 10, close: 12, revision: 2 });
  });

  it('does not take over less than was known', () => {
    const builder = createCandleBuilder({
      ...DEFAULT_CANDLE_OPTIONS,
      retainPrintsMs: 0,
      calendarOf: () => 'always-open',
    });
    builder.add(trade('14:40:10', 10));
    builder.add(trade('14:40:11', 11));
    for (let second = 0; second < 90; second++) {
      builder.advanceTo(at('14:42:00') + second * 1_000);
      drained(builder);
    }
    builder.add(trade('14:40:20', 12));
    const request = builder.drain().rebuilds[0];
    if (request === undefined) throw new Error('no rebuild was asked for');
    // Persist has stored none of it yet: only the late print is known.
    expect(builder.applyRebuild(request, [], [])).toBe('incomplete');
    expect(drained(builder)).toEqual([]);
  });

  it('stays within its bound on prints', () => {
    const builder = createCandleBuilder({
      ...DEFAULT_CANDLE_OPTIONS,
      maxRetainedPrints: 50,
      calendarOf: () => 'always-open',
    });
    for (let minute = 0; minute < 60; minute++) {
      for (let print = 0; print < 20; print++)
        builder.add(trade('14:00:00', 10, { timeMs: at('14:00:00') + minute * 60_000 }));
      drained(builder);
    }
    expect(builder.counts().retainedPrints).toBeLessThanOrEqual(70);
  });

  it('refuses a checkpoint of what was not drained, and one it cannot read', () => {
    const builder = builderOf();
    builder.add(trade('14:40:10', 10));
    expect(() => builder.toState()).toThrow('before what was added was drained');
    const options = { ...DEFAULT_CANDLE_OPTIONS, calendarOf: (): CalendarName => 'us-equities' };
    expect(() => createCandleBuilder(options, new Uint8Array(3))).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });
});
