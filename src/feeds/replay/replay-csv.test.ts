import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bar, sessionCalendar } from '../../market/index.ts';
import type { FeedNotice } from '../feed.ts';
import { csvCells } from './csv-cells.ts';
import { parseCsvTime } from './csv-time.ts';
import { createReplayFeed } from './replay-feed.ts';

const EXCERPT = resolve(import.meta.dirname, '../../testing/fixtures/SP500_NOV2019_excerpt.csv');
const WHOLE = process.env['TAPEDECK_TEST_SP500_CSV'];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-csv-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Options {
  readonly columns?: string;
  readonly symbols?: readonly string[];
}

async function load(file: string, { columns, symbols = [] }: Options = {}) {
  const feed = await createReplayFeed({
    file,
    columns: columns ?? null,
    symbols,
    speed: 'max',
    clock: { now: () => 0 },
  });
  const bars: Bar[] = [];
  const notices: FeedNotice[] = [];
  const signal = new AbortController().signal;
  for await (const batch of feed.stream({ symbols: [], resumeToken: null, signal })) {
    for (const event of batch.events) if (event.type === 'bar') bars.push(event);
    notices.push(...batch.notices.filter(({ kind }) => kind === 'bad-message'));
  }
  await feed.close();
  return { bars, notices, feed };
}

async function loadText(name: string, text: string, options?: Options) {
  const file = join(folder, name);
  await writeFile(file, text);
  return load(file, options);
}

describe('replay of CSV', () => {
  it('reads minutes of the S&P 500: close before high, New York time, symbol from the file name', async () => {
    const { bars, notices, feed } = await load(EXCERPT);
    expect(notices).toEqual([]);
    expect(bars).toHaveLength(40);
    expect(bars[0]).toMatchObject({
      symbol: 'SP500',
      timeMs: Date.parse('2019-11-05T14:30:00Z'),
      interval: '1m',
      open: 3080.8,
      high: 3081.47,
      low: 3080.3,
      close: 3080.49,
      volume: 0,
      source: 'replay',
      provider: 'replay',
    });
    expect(await feed.instrument('SP500')).toMatchObject({ calendar: 'us-equities' });
    expect(await feed.findInstruments('sp', 5)).toHaveLength(1);
  });

  it.skipIf(WHOLE === undefined)('reads all 1,563 minutes of the whole file', async () => {
    const { bars, notices } = await load(WHOLE ?? '');
    expect(notices).toEqual([]);
    expect(bars).toHaveLength(1_563);
    expect(new Set(bars.map(({ interval }) => interval))).toEqual(new Set(['1m']));
  });

  it('gives the same bars with the columns named by hand', async () => {
    const expected = await load(EXCERPT);
    const withoutHeader = (await readFile(EXCERPT, 'utf8')).split('\n').slice(1).join('\n');
    const columns = 'time,open,close,high,low,volume';
    expect((await loadText('SP500_x.csv', withoutHeader, { columns })).bars).toEqual(expected.bars);
    expect((await load(EXCERPT, { columns })).bars).toEqual(expected.bars);
  });

  it('reads the documented header with several symbols, quoted cells and other columns', async () => {
    const { bars } = await loadText(
      'day.csv',
      '\uFEFFsymbol,time,open,high,low,close,volume,note\r\n' +
        'AAPL,2026-07-13T13:45:00Z,1,3,0.5,2,100,"a ""quoted"" note, with comma"\r\n' +
        '"BRK.B",2026-07-13T13:45:00.5Z,"10",30,5,20,7,\r\n',
    );
    expect(bars).toMatchObject([
      { symbol: 'AAPL', open: 1, high: 3, low: 0.5, close: 2, volume: 100 },
      { symbol: 'BRK.B', open: 10, timeMs: Date.parse('2026-07-13T13:45:00.500Z') },
    ]);
  });

  it('finds the names of the columns behind empty lines', async () => {
    const { bars, notices } = await loadText(
      'AAPL.csv',
      '\r\n\r\ntime,open,high,low,close\r\n2026-07-13T13:45:00Z,1,3,1,2\r\n',
    );
    expect(bars).toHaveLength(1);
    expect(notices).toEqual([]);
  });

  it('reads a marked file without names of columns from its first cell on', async () => {
    const columns = 'symbol,time,open,high,low,close';
    const { bars, notices } = await loadText('x.csv', '\uFEFF"AAPL",2026-07-13T13:45:00Z,1,3,1,2\n', { columns });
    expect(notices).toEqual([]);
    expect(bars).toMatchObject([{ symbol: 'AAPL' }]);
  });

  it('reads date and time from two columns, separated by semicolons', async () => {
    const { bars } = await loadText(
      'ES.csv',
      'Date;Time;Open;High;Low;Close;Vol\n07/13/2026;9:45;1;3;1;2;9\n07/13/2026;9:46;1;3;1;2;9\n',
    );
    expect(bars[0]).toMatchObject({ symbol: 'ES', timeMs: Date.parse('2026-07-13T13:45:00Z'), volume: 9 });
  });

  it('takes rows a day apart for daily bars', async () => {
    const { bars } = await loadText('SPY.csv', 'Date,Open,High,Low,Close\n2026-03-06,1,3,1,2\n2026-03-09,1,3,1,2\n');
    expect(bars.map(({ interval }) => interval)).toEqual(['1d', '1d']);
    // Midnight in New York, before and after the change of clocks.
    expect(bars.map(({ timeMs }) => new Date(timeMs).toISOString())).toEqual([
      '2026-03-06T05:00:00.000Z',
      '2026-03-09T04:00:00.000Z',
    ]);
  });

  it.each([
    ['2026-03-06T00:00:00Z', '2026-03-09T00:00:00Z'],
    ['2026-03-06 00:00:00+00:00', '2026-03-09 00:00:00+00:00'],
    ['1772755200', '1773014400'],
  ])('takes daily rows at midnight UTC, %s, for the dates that they name', async (friday, monday) => {
    const text = `Date,Symbol,Open,High,Low,Close\n${friday},SPY,1,3,1,2\n${friday},BTC/USD,1,3,1,2\n${monday},SPY,1,3,1,2\n`;
    const { bars } = await loadText('x.csv', text);
    expect(bars.map(({ symbol, timeMs }) => [symbol, new Date(timeMs).toISOString()])).toEqual([
      ['SPY', '2026-03-06T05:00:00.000Z'],
      ['BTC/USD', '2026-03-06T00:00:00.000Z'],
      ['SPY', '2026-03-09T04:00:00.000Z'],
    ]);
    const days = bars.map(({ timeMs }) => sessionCalendar('us-equities').tradingDay(timeMs)?.date);
    expect([days[0], days[2]]).toEqual(['2026-03-06', '2026-03-09']);
  });

  it.each([
    ['BTC-USD', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 'always-open'],
    ['SPY', [0, 1, 2, 3, 4, 7, 8, 9, 10, 11], 'us-equities'],
  ])('tells by its weekends whether %s trades around the clock', async (symbol, days, calendar) => {
    const monday = Date.UTC(2026, 6, 13);
    const rows = days.map((day) => `${new Date(monday + day * 86_400_000).toISOString().slice(0, 10)},1,3,1,2`);
    const { bars, feed } = await loadText(`${symbol}.csv`, ['Date,Open,High,Low,Close', ...rows].join('\n'));
    expect(bars.map(({ interval }) => interval)).toEqual(days.map(() => '1d'));
    expect(await feed.instrument(symbol)).toMatchObject({ calendar });
  });

  it('reports a bad row with its line number and goes on', async () => {
    const { bars, notices } = await loadText(
      'AAPL.csv',
      'time,open,high,low,close,volume\n' +
        '2026-07-13T13:45:00Z,1,3,1,2,9\n' +
        '2026-07-13T13:46:00Z,1,3,1,,9\n' +
        '2026-07-13T13:47:00Z,1,0.5,1,2,9\n' +
        'yesterday,1,3,1,2,9\n' +
        '2026-07-13T13:48:00Z,1,3,1,2,9\n',
    );
    expect(bars).toHaveLength(2);
    expect(notices).toMatchObject([
      { position: 3, reason: 'close: expected a positive number, got ""' },
      { position: 4, reason: expect.stringContaining('high') },
      { position: 5, reason: expect.stringContaining('yesterday') },
    ]);
  });

  it('takes the symbol from the flag when the file has none', async () => {
    const text = 'time,open,high,low,close\n2026-07-13T13:45:00Z,1,3,1,2\n';
    expect((await loadText('x.csv', text, { symbols: ['TSLA'] })).bars[0]?.symbol).toBe('TSLA');
    await expect(loadText('x.csv', text, { symbols: ['TSLA', 'F'] })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('--symbols'),
    });
  });

  it('refuses columns that do not make a bar, and says what would', async () => {
    await expect(loadText('x.csv', 'when,price\n1,2\n')).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('time, open, high, low, close'),
    });
    await expect(load(EXCERPT, { columns: 'time,open' })).rejects.toMatchObject({
      message: expect.stringContaining('--columns "time,open" names no column for high, low, close'),
    });
  });
});

describe('csvCells', () => {
  it.each([
    ['a,b,', ['a', 'b', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"",""', ['', '']],
    ['a,"b ""c"""', ['a', 'b "c"']],
  ])('splits %s', (line, cells) => {
    expect(csvCells(line, ',')).toEqual(cells);
  });

  it.each(['"a', '"a"b,c'])('refuses %s', (line) => {
    expect(() => csvCells(line, ',')).toThrow('quoted cell');
  });
});

describe('parseCsvTime', () => {
  it.each([
    ['2026-07-13T13:45:00Z', '2026-07-13T13:45:00.000Z'],
    ['2026-07-13T09:45:00-04:00', '2026-07-13T13:45:00.000Z'],
    ['2026-07-13 9:45', '2026-07-13T13:45:00.000Z'],
    ['2026-01-13 09:45:30.25', '2026-01-13T14:45:30.250Z'],
    ['7/13/2026 9:45', '2026-07-13T13:45:00.000Z'],
    ['1/13/2026 4:05:06 PM', '2026-01-13T21:05:06.000Z'],
    ['1/13/2026 12:00 AM', '2026-01-13T05:00:00.000Z'],
    ['1783950300', '2026-07-13T13:45:00.000Z'],
    ['1783950300000', '2026-07-13T13:45:00.000Z'],
  ])('reads %s', (text, iso) => {
    expect(new Date(parseCsvTime(text).timeMs).toISOString()).toBe(iso);
  });

  it.each(['13/13/2026 9:45', '2/30/2026', '2026-07-13T25:00:00', 'noon', ''])('refuses %j', (text) => {
    expect(() => parseCsvTime(text)).toThrow();
  });
});
