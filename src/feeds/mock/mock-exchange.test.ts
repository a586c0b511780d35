import { describe, expect, it } from 'vitest';
import type { Bar } from '../../market/index.ts';
import { MockExchange } from './mock-exchange.ts';
import { parseMockOptions } from './mock-options.ts';
import { type Delivery, TapeReader } from './tape-reader.ts';
import { readUniverse } from './universe.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_START_MS = Date.parse('2026-11-18T00:00:00Z');

function exchange(options: string): MockExchange {
  return new MockExchange(parseMockOptions(options));
}

function returns(bars: readonly Bar[], everyMinutes: number): number[] {
  const closes = bars.filter((_, index) => index % everyMinutes === 0).map(({ close }) => Math.log(close));
  return closes.slice(1).map((close, index) => close - (closes[index] ?? 0));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = mean(a.map((value, index) => (value - meanA) * ((b[index] ?? 0) - meanB)));
  const variance = (values: readonly number[], around: number): number => mean(values.map((v) => (v - around) ** 2));
  return covariance / Math.sqrt(variance(a, meanA) * variance(b, meanB));
}

describe('universe', () => {
  const universe = readUniverse();

  it('lists at least 500 symbols, each once, with all that a screen shows', () => {
    expect(universe.length).toBeGreaterThanOrEqual(500);
    expect(new Set(universe.map(({ symbol }) => symbol)).size).toBe(universe.length);
    for (const { name, sector, industry } of universe) {
      expect([name, sector, industry].every((text) => text.length > 0)).toBe(true);
    }
  });

  it('holds what people look for first', () => {
    const symbols = new Set(universe.map(({ symbol }) => symbol));
    const wanted = ['AAPL', 'MSFT', 'NVDA', 'AMZN', 'GOOGL', 'META', 'TSLA', 'BRK.B', 'JPM', 'SPY', 'QQQ'];
    expect(wanted.filter((symbol) => !symbols.has(symbol))).toEqual([]);
  });

  it('refuses a malformed entry', () => {
    expect(() => readUniverse('== S\n= I\nAAPL,Apple,Q,-1,50')).toThrow('malformed entry');
  });
});

describe('mock history', () => {
  it.each(['always', 'us'])('has days that agree with their minutes (session=%s)', (session) => {
    const market = exchange(`seed=7,session=${session}`);
    const days = market.hours.days(DAY_START_MS, DAY_START_MS + 2 * DAY_MS);
    expect(days.length).toBeGreaterThan(0);
    for (const symbol of ['AAPL', 'NVR', 'KO', 'SPY']) {
      for (const day of days) {
        const minutes = market.minuteBars(symbol, day.startMs, day.endMs, 0);
        const regular = minutes.filter(({ timeMs }) => {
          const minute = (timeMs - day.firstMs) / MINUTE_MS;
          return minute >= day.openMinute && minute < day.closeMinute;
        });
        expect(market.dayBar(symbol, day, 0)).toMatchObject({
          timeMs: day.startMs,
          open: regular[0]?.open,
          high: Math.max(...regular.map(({ high }) => high)),
          low: Math.min(...regular.map(({ low }) => low)),
          close: regular.at(-1)?.close,
          volume: minutes.reduce((sum, { volume }) => sum + volume, 0),
          tradeCount: minutes.reduce((sum, { tradeCount }) => sum + tradeCount, 0),
        });
      }
    }
  });

  it('answers a minute the same whether it is asked for alone or with its day', () => {
    const alone = exchange('seed=7').minuteBars(
      'JPM',
      DAY_START_MS + 700 * MINUTE_MS,
      DAY_START_MS + 701 * MINUTE_MS,
      0,
    );
    const day = exchange('seed=7').minuteBars('JPM', DAY_START_MS, DAY_START_MS + DAY_MS, 0);
    expect(day).toContainEqual(alone[0]);
  });

  it('stays at plausible prices for years', () => {
    const market = exchange('seed=7');
    const days = market.hours.days(DAY_START_MS - 700 * DAY_MS, DAY_START_MS);
    for (const { symbol, referencePrice } of readUniverse().slice(0, 4)) {
      for (const day of days) {
        const close = market.dayBar(symbol, day, 0)?.close ?? 0;
        expect(close).toBeGreaterThan(referencePrice / 3);
        expect(close).toBeLessThan(referencePrice * 3);
      }
    }
  });

  it('opens most days away from the close before', () => {
    const market = exchange('seed=7,session=us');
    const bars = market.hours
      .days(DAY_START_MS - 30 * DAY_MS, DAY_START_MS)
      .map((day) => market.dayBar('AAPL', day, 0));
    const gaps = bars.slice(1).map((bar, index) => Math.abs((bar?.open ?? 0) / (bars[index]?.close ?? 1) - 1));
    expect(gaps.filter((gap) => gap > 0.001).length).toBeGreaterThan(bars.length / 2);
  });

  it('trades only as long as an early-close day lasts', () => {
    const market = exchange('seed=7,session=us');
    const bars = market.minuteBars('AAPL', Date.parse('2026-11-27T05:00:00Z'), Date.parse('2026-11-28T05:00:00Z'), 0);
    expect(new Date(bars[0]?.timeMs ?? 0).toISOString()).toBe('2026-11-27T09:00:00.000Z');
    expect(bars.at(-1)?.timeMs).toBeLessThan(Date.parse('2026-11-27T22:00:00Z'));
    expect(
      market.minuteBars('AAPL', Date.parse('2026-11-26T05:00:00Z'), Date.parse('2026-11-27T05:00:00Z'), 0),
    ).toEqual([]);
  });
});

describe('mock market statistics', () => {
  it('moves stocks with the index, and with others of their sector', () => {
    const market = exchange('seed=7');
    const halfHourly = (symbol: string): number[] =>
      returns(market.minuteBars(symbol, DAY_START_MS, DAY_START_MS + 5 * DAY_MS, 0), 30);
    const [index, nvidia, broadcom] = [halfHourly('SPY'), halfHourly('NVDA'), halfHourly('AVGO')];
    expect(correlation(index, nvidia)).toBeGreaterThan(0.2);
    expect(correlation(nvidia, broadcom)).toBeGreaterThan(0.2);
  });

  it('trades most at the open and the close of a regular session', () => {
    const market = exchange('seed=7,session=us');
    const [day] = market.hours.days(DAY_START_MS, DAY_START_MS + DAY_MS).slice(-1);
    if (day === undefined) throw new Error('no trading day');
    const volumeOf = (fromMinute: number, minutes: number): number => {
      const fromMs = day.firstMs + (day.openMinute + fromMinute) * MINUTE_MS;
      const bars = ['AAPL', 'MSFT', 'JPM', 'XOM', 'PG', 'KO', 'HD', 'V'].map((symbol) =>
        market.minuteBars(symbol, fromMs, fromMs + minutes * MINUTE_MS, 0),
      );
      return bars.flat().reduce((sum, { volume }) => sum + volume, 0);
    };
    const middle = volumeOf(180, 30);
    expect(volumeOf(0, 30)).toBeGreaterThan(1.4 * middle);
    expect(volumeOf(360, 30)).toBeGreaterThan(1.4 * middle);
  });

  it('prints odd and round lots and prefers round prices', () => {
    const deliveries: Delivery[] = [];
    new TapeReader(exchange('seed=7'), 'JPM', DAY_START_MS).readUntil(DAY_START_MS + 60 * MINUTE_MS, 0, deliveries);
    const trades = deliveries.flatMap(({ event }) => (event.type === 'trade' ? [event] : []));
    const share = (count: number): number => count / trades.length;
    const odd = trades.filter(({ conditions }) => conditions.includes('I'));
    expect(share(odd.length)).toBeGreaterThan(0.2);
    expect(share(trades.filter(({ size }) => size % 100 === 0).length)).toBeGreaterThan(0.1);
    expect(odd.every(({ size }) => size < 100)).toBe(true);
    expect(share(trades.filter(({ price }) => Math.round(price * 100) % 5 === 0).length)).toBeGreaterThan(0.25);
  });
});

describe('mock halts', () => {
  it('stops trading between the halt and the resumption it announces, also to whoever was absent', () => {
    const market = exchange('seed=7');
    const [day] = market.hours.days(DAY_START_MS, DAY_START_MS + 1);
    if (day === undefined) throw new Error('no trading day');
    const halted = market.instruments.find(({ symbol }) => market.symbolDay(symbol, day).halt !== null);
    const halt = market.symbolDay(halted?.symbol ?? '', day).halt;
    if (halted === undefined || halt === null || halt === undefined) throw new Error('nobody is halted on this day');
    const fromMs = day.firstMs + halt.fromMinute * MINUTE_MS;
    const toMs = day.firstMs + halt.toMinute * MINUTE_MS;

    const deliveries: Delivery[] = [];
    new TapeReader(market, halted.symbol, fromMs - MINUTE_MS).readUntil(toMs + 2 * MINUTE_MS, 0, deliveries);
    const events = deliveries.map(({ event }) => event);
    const statuses = events.flatMap((event) => (event.type === 'status' ? [[event.phase, event.timeMs]] : []));
    expect(statuses).toEqual([
      ['halted', fromMs],
      ['trading', toMs],
    ]);
    const trades = events.filter(({ type }) => type === 'trade');
    expect(trades.length).toBeGreaterThan(0);
    expect(trades.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs)).toEqual([]);

    const joined: Delivery[] = [];
    new TapeReader(market, halted.symbol, fromMs + MINUTE_MS).readUntil(fromMs + 2 * MINUTE_MS, 0, joined);
    expect(joined.map(({ event }) => event)).toMatchObject([{ type: 'status', phase: 'halted' }]);

    const absent = new TapeReader(market, halted.symbol, fromMs - MINUTE_MS);
    const heard: Delivery[] = [];
    absent.readUntil(fromMs - MINUTE_MS / 2, 0, heard);
    absent.skipTo(fromMs + MINUTE_MS);
    absent.readUntil(fromMs + MINUTE_MS + 1, 0, heard);
    absent.skipTo(toMs + 5 * MINUTE_MS);
    absent.readUntil(toMs + 8 * MINUTE_MS, 0, heard);
    expect(heard.flatMap(({ event }) => (event.type === 'status' ? [[event.phase, event.timeMs]] : []))).toEqual(
      statuses,
    );
  });
});
