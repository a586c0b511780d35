import { describe, expect, it } from 'vitest';
import { type ChartUpdate, type ClientMessage, encodeFrame, ROW_COLUMNS } from '../../contract/index.ts';
import { MarketFeed } from './market-feed.ts';
import { TickStore } from './tick-store.ts';

/** Frames and timers that run when the test says so. */
function harness() {
  const frames: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const sent: ClientMessage[] = [];
  const clock = { nowMs: 0, isHidden: false };
  const ticks = new TickStore();
  const feed = new MarketFeed(
    ticks,
    {
      isHidden: () => clock.isHidden,
      requestFrame: (callback) => frames.push(callback),
      setTimer: (callback) => timers.push(callback),
    },
    () => clock.nowMs,
  );
  const runAll = (queue: (() => void)[]) => {
    for (const callback of queue.splice(0)) callback();
  };
  return {
    feed,
    ticks,
    sent,
    clock,
    port: { send: (message: ClientMessage) => void sent.push(message) },
    paint: () => {
      runAll(frames);
      runAll(timers);
    },
    runTimers: () => runAll(timers),
  };
}

const watches = (sent: readonly ClientMessage[]) => sent.filter((message) => message.type === 'watch');
const acknowledged = (sent: readonly ClientMessage[]) =>
  sent.flatMap((message) => (message.type === 'acknowledge' ? [message.sequence] : []));

function frame(sequence: number, generation: number, symbolIndex: number, last: number, charts: ChartUpdate[] = []) {
  const rows = new Float64Array(ROW_COLUMNS.length).fill(Number.NaN);
  rows[0] = symbolIndex;
  rows[1] = last;
  return encodeFrame({ sequence, generation, rowCount: 1, rows, charts });
}

describe('MarketFeed', () => {
  it('tells the host the union of what panes want, once for changes made together', async () => {
    const { feed, port, sent } = harness();
    feed.attach(port);
    feed.watchSymbols(['AAPL', 'MSFT']);
    const stop = feed.watchSymbols(['MSFT', 'NVDA']);
    await Promise.resolve();
    expect(watches(sent)).toHaveLength(2);
    expect(watches(sent).at(-1)?.symbols).toEqual(['AAPL', 'MSFT', 'NVDA']);
    stop();
    stop();
    await Promise.resolve();
    expect(watches(sent).at(-1)?.symbols).toEqual(['AAPL', 'MSFT']);
  });

  it('takes nothing more from a pipeline that it was detached from', async () => {
    const { feed, ticks, port, paint } = harness();
    feed.watchSymbols(['AAPL']);
    const updates: ChartUpdate[] = [];
    feed.watchChart({ symbol: 'AAPL', interval: '1m', indicators: [] }, (update) => updates.push(update));
    feed.attach(port);
    await Promise.resolve();
    const chart = { chartId: 1, needsReload: true, indicatorCount: 0, values: new Float64Array(0) };
    feed.receive(frame(1, 2, 0, 10, [chart]));
    feed.detach();
    ticks.clear();
    feed.receive(frame(2, 2, 0, 11, [chart]));
    paint();
    expect(ticks.value(ticks.slotOf('AAPL'), 'last')).toBeNaN();
    expect(updates).toEqual([]);
  });

  it('acknowledges a frame only after it was painted', async () => {
    const { feed, port, sent, paint } = harness();
    feed.watchSymbols(['AAPL']);
    feed.attach(port);
    feed.receive(frame(1, 1, 0, 10));
    expect(acknowledged(sent)).toEqual([]);
    paint();
    expect(acknowledged(sent)).toEqual([1]);
  });

  it('understands a frame of the watch before, so that changing lists loses no price', async () => {
    const { feed, port, ticks, paint } = harness();
    feed.watchSymbols(['AAPL', 'MSFT']);
    feed.attach(port);
    feed.watchSymbols(['AA']);
    await Promise.resolve();
    feed.receive(frame(1, 1, 1, 42));
    paint();
    expect(ticks.value(ticks.slotOf('MSFT'), 'last')).toBe(42);
  });

  it('counts a frame it cannot read and goes on', () => {
    const { feed, port, sent, paint } = harness();
    feed.watchSymbols(['AAPL']);
    feed.attach(port);
    feed.receive(new ArrayBuffer(8));
    expect(feed.badFrames).toBe(1);
    feed.receive(frame(2, 1, 0, 10));
    paint();
    expect(acknowledged(sent)).toEqual([2]);
  });

  it('flushes by timer while the window is hidden, where animation frames stop', () => {
    const { feed, port, sent, clock, runTimers } = harness();
    feed.watchSymbols(['AAPL']);
    feed.attach(port);
    clock.isHidden = true;
    feed.receive(frame(1, 1, 0, 10));
    runTimers();
    runTimers();
    expect(acknowledged(sent)).toEqual([1]);
  });

  it('hands chart updates to the chart that asked, and none after it stopped', () => {
    const { feed, port, paint } = harness();
    const seen: number[] = [];
    const stop = feed.watchChart({ symbol: 'AAPL', interval: '1m', indicators: [] }, (update) =>
      seen.push(update.values[4] ?? Number.NaN),
    );
    feed.attach(port);
    const values = Float64Array.of(60_000, 1, 2, 0.5, 1.5, 100, 3, 0);
    const update: ChartUpdate = { chartId: 1, needsReload: false, indicatorCount: 0, values };
    feed.receive(frame(1, 1, 0, 10, [update]));
    paint();
    stop();
    feed.receive(frame(2, 1, 0, 10, [update]));
    paint();
    expect(seen).toEqual([1.5]);
  });

  it('tells a fresh connection everything that is wanted', () => {
    const { feed, port, sent } = harness();
    feed.watchSymbols(['AAPL']);
    feed.attach(port);
    feed.detach();
    feed.attach(port);
    expect(watches(sent).at(-1)?.symbols).toEqual(['AAPL']);
    expect(watches(sent).at(-1)?.generation).toBe(2);
  });
});
