import { describe, expect, it } from 'vitest';
import { decodeFrame, type Frame, ROW_COLUMNS } from '../../contract/index.ts';
import type { Quote } from '../../market/index.ts';
import { eventually } from '../../testing/pipeline-fixture.ts';
import { CoalescingSession } from './desk-session.ts';
import { LatestTable } from './latest-table.ts';

const START_MS = Date.UTC(2026, 6, 13, 14);

function quoteOf(symbol: string, number: number): Quote {
  return {
    type: 'quote',
    symbol,
    timeMs: START_MS + number,
    nanosOfMs: 0,
    source: 'mock',
    provider: 'mock',
    receivedMs: START_MS + number,
    bid: 100 + number,
    bidSize: 1,
    ask: 101 + number,
    askSize: 2,
    exchange: 'V',
    conditions: [],
  };
}

function openSession(): {
  readonly session: CoalescingSession;
  readonly table: LatestTable;
  readonly frames: Frame[];
  readonly quote: (symbol: string, number: number) => void;
} {
  const table = new LatestTable();
  const frames: Frame[] = [];
  const session = new CoalescingSession(
    {
      table,
      health: { addStage: () => undefined, addSinceReceipt: () => undefined, addFromExchange: () => undefined },
      prime: () => undefined,
      openChart: () => {
        throw new Error('no chart in this test');
      },
      onCharts: () => undefined,
      onClose: () => undefined,
    },
    (buffer) => frames.push(decodeFrame(buffer)),
  );
  const quote = (symbol: string, number: number): void => {
    const state = table.ensure(symbol);
    if (state.applyQuote(quoteOf(symbol, number))) table.changed(state);
  };
  return { session, table, frames, quote };
}

function cell(frame: Frame | undefined, row: number, column: (typeof ROW_COLUMNS)[number]): number | undefined {
  return frame?.rows[ROW_COLUMNS.indexOf(column) * frame.rowCount + row];
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 60));
}

describe('a desk session', () => {
  it('begins with one row for every watched symbol', async () => {
    const { session, frames, quote } = openSession();
    quote('AAPL', 1);
    session.receive({ type: 'watch', generation: 4, symbols: ['AAPL', 'MSFT'], charts: [] });
    await eventually('a frame came', () => frames.length === 1);
    expect(frames[0]).toMatchObject({ generation: 4, rowCount: 2 });
    expect(cell(frames[0], 0, 'bid')).toBe(101);
    expect(cell(frames[0], 1, 'bid')).toBeNaN();
    session.close();
  });

  it('sends nothing more until the frame in flight is acknowledged, then the latest value only', async () => {
    const { session, frames, quote } = openSession();
    session.receive({ type: 'watch', generation: 1, symbols: ['AAPL', 'MSFT'], charts: [] });
    await eventually('a frame came', () => frames.length === 1);
    for (let number = 1; number <= 10_000; number++) quote('AAPL', number);
    await settle();
    expect(frames).toHaveLength(1);
    session.receive({ type: 'acknowledge', sequence: frames[0]?.sequence ?? 0, paintMs: 3 });
    await eventually('the next frame came', () => frames.length === 2);
    expect(frames[1]?.rowCount).toBe(1);
    expect(cell(frames[1], 0, 'bid')).toBe(10_100);
    session.close();
  });

  it('keeps no more than one mark per watched symbol while a client does not answer', async () => {
    const { session, frames, quote } = openSession();
    const symbols = Array.from({ length: 50 }, (_, index) => `S${String(index)}`);
    session.receive({ type: 'watch', generation: 1, symbols, charts: [] });
    await eventually('a frame came', () => frames.length === 1);
    for (let number = 1; number <= 2_000; number++) for (const symbol of symbols) quote(symbol, number);
    session.receive({ type: 'acknowledge', sequence: frames[0]?.sequence ?? 0, paintMs: 0 });
    await eventually('the next frame came', () => frames.length === 2);
    expect(frames[1]?.rowCount).toBe(50);
    session.close();
  });

  it('ignores an acknowledgement of another frame', async () => {
    const { session, frames, quote } = openSession();
    session.receive({ type: 'watch', generation: 1, symbols: ['AAPL'], charts: [] });
    await eventually('a frame came', () => frames.length === 1);
    session.receive({ type: 'acknowledge', sequence: 99, paintMs: 0 });
    quote('AAPL', 1);
    await settle();
    expect(frames).toHaveLength(1);
    session.close();
  });

  it('sends about one frame a second while hidden', async () => {
    const { session, frames, quote } = openSession();
    session.receive({ type: 'watch', generation: 1, symbols: ['AAPL'], charts: [] });
    await eventually('a frame came', () => frames.length === 1);
    session.receive({ type: 'visibility', isHidden: true });
    session.receive({ type: 'acknowledge', sequence: frames[0]?.sequence ?? 0, paintMs: 0 });
    quote('AAPL', 1);
    await settle();
    expect(frames).toHaveLength(1);
    session.receive({ type: 'visibility', isHidden: false });
    await eventually('the next frame came', () => frames.length === 2);
    session.close();
  });

  it('says nothing after it was closed', async () => {
    const { session, frames, quote } = openSession();
    session.receive({ type: 'watch', generation: 1, symbols: ['AAPL'], charts: [] });
    session.close();
    quote('AAPL', 1);
    await settle();
    expect(frames).toHaveLength(0);
  });
});
