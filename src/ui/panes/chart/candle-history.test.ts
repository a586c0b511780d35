import { describe, expect, it } from 'vitest';
import type { CandleColumns, ChartUpdate } from '../../../contract/index.ts';
import { CandleHistory, MAX_CANDLES } from './candle-history.ts';

const MINUTE_MS = 60_000;

function columns(fromMinute: number, count: number, hasMore = true): CandleColumns {
  const minutes = Array.from({ length: count }, (_, index) => fromMinute + index);
  return {
    symbol: 'AAPL',
    interval: '1m',
    backfilledMs: [],
    openTimeMs: minutes.map((minute) => minute * MINUTE_MS),
    open: minutes,
    high: minutes.map((minute) => minute + 1),
    low: minutes.map((minute) => minute - 1),
    close: minutes,
    volume: minutes.map(() => 10),
    revision: minutes.map(() => 5),
    indicators: { sma20: minutes.map((minute) => (minute % 2 === 0 ? minute : null)) },
    hasMore,
  };
}

function update(
  rows: readonly (readonly [minute: number, close: number, revision: number, isClosed: number])[],
): ChartUpdate {
  const values = rows.flatMap(([minute, close, revision, isClosed]) => [
    minute * MINUTE_MS,
    close,
    close,
    close,
    close,
    10,
    revision,
    isClosed,
    close,
  ]);
  return { chartId: 1, needsReload: false, indicatorCount: 1, values: Float64Array.from(values) };
}

function loaded(): CandleHistory {
  const history = new CandleHistory(['sma20']);
  history.load(columns(100, 10));
  return history;
}

describe('CandleHistory', () => {
  it('takes the newer of two states of a candle by its revision', () => {
    const history = loaded();
    history.applyUpdate(update([[109, 50, 7, 0]]));
    history.applyUpdate(update([[109, 40, 6, 0]]));
    expect(history.close.at(-1)).toBe(50);
    expect(history.length).toBe(10);
  });

  it('adds a new candle and counts the one before as closed', () => {
    const history = loaded();
    expect(history.isClosed.at(-1)).toBe(false);
    expect(history.applyUpdate(update([[110, 60, 1, 0]])).added).toBe(true);
    expect(history.isClosed.slice(-2)).toEqual([true, false]);
    expect(history.lastPlace).toBe(10);
  });

  it('takes over history that was filled in behind its first candle', () => {
    const history = new CandleHistory(['sma20']);
    history.load(columns(109, 1, false));
    const place = history.lastPlace;
    history.load(columns(60, 50, true));
    expect(history.length).toBe(50);
    expect(history.lastPlace).toBe(place);
    expect(history.openTimeMs[0]).toBe(60 * MINUTE_MS);
    expect(history.hasMore).toBe(true);
  });

  it('takes indicators anew for candles it has, when what they look back on was filled in', () => {
    const history = new CandleHistory(['sma20']);
    const early = columns(100, 12);
    history.load({ ...early, indicators: { sma20: early.openTimeMs.map(() => 1) } });
    const whole = columns(100, 12);
    history.load({ ...whole, indicators: { sma20: whole.openTimeMs.map((_, index) => index) } });
    expect(history.indicators[0]).toEqual(whole.openTimeMs.map((_, index) => index));
    const { changedOlder } = history.applyUpdate(update([[105, 77, 5, 1]]));
    expect({ changedOlder, value: history.indicators[0]?.[5] }).toEqual({ changedOlder: true, value: 77 });
    expect(history.applyUpdate(update([[105, 77, 5, 1]])).changedOlder).toBe(false);
    expect(history.close[5]).toBe(105);
  });

  it('says when an older candle was revised', () => {
    const history = loaded();
    expect(history.applyUpdate(update([[104, 77, 9, 1]]))).toEqual({ added: false, changedOlder: true });
    expect(history.close[4]).toBe(77);
  });

  it('keeps every place when older candles come in before', () => {
    const history = loaded();
    expect(history.prepend(columns(80, 25, false))).toBe(20);
    expect(history.firstPlace).toBe(-20);
    expect(history.lastPlace).toBe(9);
    expect(history.openTimeMs[history.indexOf(0)]).toBe(100 * MINUTE_MS);
    expect(history.hasMore).toBe(false);
    expect(
      history.openTimeMs.every((timeMs, index) => index === 0 || timeMs > (history.openTimeMs[index - 1] ?? 0)),
    ).toBe(true);
  });

  it('ignores a candle older than everything it has', () => {
    const history = loaded();
    history.applyUpdate(update([[50, 1, 1, 1]]));
    expect(history.openTimeMs[0]).toBe(100 * MINUTE_MS);
  });

  it('keeps what joins when loaded again after a reconnect', () => {
    const history = loaded();
    history.prepend(columns(80, 20));
    history.load(columns(105, 12));
    expect(history.length).toBe(37);
    expect(history.openTimeMs[0]).toBe(80 * MINUTE_MS);
  });

  it('starts anew when a reload leaves a hole, also where a live candle stands behind it', () => {
    const history = loaded();
    history.applyUpdate(update([[504, 60, 1, 0]]));
    expect(history.load(columns(500, 5))).toBe('anchored');
    expect(history.indexOf(10)).toBe(4);
    expect(history.load(columns(700, 5))).toBe('moved');
    history.load(columns(500, 5));
    expect(history.length).toBe(5);
    expect(history.openTimeMs[0]).toBe(500 * MINUTE_MS);
  });

  it('loses a candle that was withdrawn, in the middle or as the newest, when loaded again', () => {
    const history = loaded();
    history.prepend(columns(90, 10));
    const answer = columns(105, 5);
    const times = [105, 106, 108].map((minute) => minute * MINUTE_MS);
    expect(history.load({ ...answer, openTimeMs: times })).toBe('joined');
    expect(history.openTimeMs.slice(14).map((timeMs) => timeMs / MINUTE_MS)).toEqual([104, 105, 106, 108]);
    expect(history.close).toHaveLength(18);
    expect(history.isClosed).toHaveLength(18);
  });

  it('keeps the newest candles, each with its own values, however many come in front or behind', () => {
    const history = new CandleHistory(['sma20']);
    history.load(columns(MAX_CANDLES, 10));
    history.prepend(columns(0, MAX_CANDLES));
    expect(history.length).toBe(MAX_CANDLES);
    expect(history.openTimeMs[0]).toBe(10 * MINUTE_MS);
    expect(history.indicators[0]?.[0]).toBe(10);
    expect(history.hasMore).toBe(false);
    history.applyUpdate(
      update([
        [MAX_CANDLES + 10, 7, 1, 0],
        [MAX_CANDLES + 11, 8, 1, 0],
      ]),
    );
    expect(history.length).toBe(MAX_CANDLES);
    expect(history.firstPlace).toBe(12 - MAX_CANDLES);
    expect(history.close.slice(-3)).toEqual([MAX_CANDLES + 9, 7, 8]);
    expect(history.isClosed.slice(-3)).toEqual([true, true, false]);
    expect(history.openTimeMs.slice(-2)).toEqual([(MAX_CANDLES + 10) * MINUTE_MS, (MAX_CANDLES + 11) * MINUTE_MS]);
  });

  it('has no value for an indicator that is not warmed up', () => {
    const history = loaded();
    expect(history.indicators[0]?.slice(0, 2)).toEqual([100, Number.NaN]);
  });

  it('knows which candles a backfill made, as loaded, as prepended and as a frame last said', () => {
    const history = new CandleHistory(['sma20']);
    history.load({ ...columns(10, 4), backfilledMs: [10 * MINUTE_MS, 11 * MINUTE_MS] });
    history.prepend({ ...columns(8, 3), backfilledMs: [9 * MINUTE_MS, 10 * MINUTE_MS] });
    expect([...history.backfilledMs].map((timeMs) => timeMs / MINUTE_MS)).toEqual([10, 11, 9]);
    history.applyUpdate(
      update([
        [11, 12, 6, 1],
        [13, 13, 6, 2],
      ]),
    );
    expect([...history.backfilledMs].map((timeMs) => timeMs / MINUTE_MS)).toEqual([10, 9, 13]);
    expect(history.isClosed.at(-1)).toBe(true);
  });
});
