import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CandleColumns, ChartUpdate } from '../../../contract/index.ts';
import { CandleHistory } from './candle-history.ts';
import { ChartCandles, type ChartState } from './chart-candles.ts';

const MINUTE_MS = 60_000;
const RETRY_MS = 5_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function columns(fromMinute: number, count: number): CandleColumns {
  const minutes = Array.from({ length: count }, (_, index) => fromMinute + index);
  return {
    symbol: 'AAPL',
    interval: '1m',
    backfilledMs: [],
    openTimeMs: minutes.map((minute) => minute * MINUTE_MS),
    open: minutes,
    high: minutes,
    low: minutes,
    close: minutes,
    volume: minutes,
    revision: minutes.map(() => 1),
    indicators: {},
    hasMore: true,
  };
}

function update(minute: number, close: number, needsReload = false): ChartUpdate {
  const values = Float64Array.of(minute * MINUTE_MS, close, close, close, close, 10, 9, 0);
  return { chartId: 1, needsReload, indicatorCount: 0, values };
}

/** A chart whose host answers when the test says so. */
function chart() {
  const asked: {
    readonly beforeMs: number | null;
    readonly answer: (columns: CandleColumns) => void;
    readonly refuse: (error: Error) => void;
  }[] = [];
  const states: ChartState[] = [];
  const problems: string[] = [];
  const history = new CandleHistory([]);
  const nothing = () => undefined;
  const candles: ChartCandles = new ChartCandles({
    history,
    view: { show: nothing, candlesChanged: nothing, lastChanged: nothing, showLatest: nothing, pan: nothing },
    read: (beforeMs) =>
      new Promise((answer, refuse) => {
        asked.push({ beforeMs, answer, refuse });
      }),
    onState: (state) => states.push(state),
    onLoadingOlder: nothing,
    onProblem: (text) => problems.push(text),
    // A chart that stands at its left edge wants more whenever it may.
    onRead: () => candles.loadOlder(),
  });
  const settle = () => vi.advanceTimersByTimeAsync(0);
  return {
    candles,
    history,
    asked,
    states,
    problems,
    answer: async (index: number, found: CandleColumns) => {
      asked[index]?.answer(found);
      await settle();
    },
    refuse: async (index: number) => {
      asked[index]?.refuse(new Error('The database is away.'));
      await settle();
    },
  };
}

/** Read once, with candles of the minutes 100 to 109; the reading of older ones is under way. */
async function loaded() {
  const made = chart();
  void made.candles.load();
  await made.answer(0, columns(100, 10));
  return made;
}

it('goes on moving when it could not be read again, and tries until it can', async () => {
  const { candles, history, asked, problems, answer, refuse } = await loaded();
  void candles.load();
  candles.take(update(110, 50));
  await refuse(2);
  expect(history.close.at(-1)).toBe(50);
  expect(candles.isSettled).toBe(true);
  candles.take(update(111, 60));
  expect(history.close.at(-1)).toBe(60);
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  await refuse(3);
  expect(problems).toEqual(['was not reloaded: The database is away.']);
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  await answer(4, columns(105, 12));
  expect(history.openTimeMs.at(-1)).toBe(116 * MINUTE_MS);
  const count = asked.length;
  await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
  expect(asked).toHaveLength(count);
  candles.close();
});

it('reads once more when it is told to while a reading is under way', async () => {
  const { candles, history, asked, answer } = await loaded();
  void candles.load();
  candles.take(update(109, 50, true));
  await answer(2, columns(100, 10));
  expect(history.close.at(-1)).toBe(50);
  expect(asked).toHaveLength(4);
  await answer(3, columns(100, 10));
  expect(asked).toHaveLength(4);
  candles.close();
});

it('keeps nothing that arrives while there is nothing to show, and says why there is not', async () => {
  const { candles, history, states, answer, refuse } = chart();
  void candles.load();
  candles.take(update(90, 50));
  await refuse(0);
  expect(states.at(-1)).toEqual({ phase: 'error', message: 'The database is away.' });
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  await answer(1, columns(100, 10));
  expect(states.at(-1)).toEqual({ phase: 'ready' });
  expect(history.length).toBe(10);
  candles.close();
});

it('waits before it asks for older candles again that could not be read', async () => {
  const { candles, history, asked, problems, answer, refuse } = await loaded();
  await refuse(1);
  candles.loadOlder();
  candles.loadOlder();
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  expect(asked.map(({ beforeMs }) => beforeMs)).toEqual([null, 100 * MINUTE_MS, 100 * MINUTE_MS]);
  await answer(2, columns(90, 10));
  expect(history.openTimeMs[0]).toBe(90 * MINUTE_MS);
  expect(problems).toEqual(['older candles were not read: The database is away.']);
  candles.close();
});

it('leaves older candles away that would stand before a hole', async () => {
  const { candles, history, answer } = await loaded();
  void candles.load();
  await answer(2, columns(500, 10));
  await answer(1, columns(90, 10));
  expect(history.openTimeMs[0]).toBe(500 * MINUTE_MS);
  candles.close();
});
