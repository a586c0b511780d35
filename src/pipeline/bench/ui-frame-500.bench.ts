import { MessageChannel } from 'node:worker_threads';
import { decodeFrame, encodeFrame, type Frame, ROW_COLUMNS } from '../../contract/index.ts';
import { type Benchmark, compareSeconds } from '../../testing/benchmark.ts';
import { frameRows } from '../serve/frame-rows.ts';
import { SymbolState } from '../serve/symbol-state.ts';

const QUOTES = 500;
const FRAMES_PER_RUN = 200;
const RUNS = 7;
const GOAL = 10;

type QuoteObject = ReturnType<typeof quoteObject>;

/** What the screen keeps: one column of numbers per value, as the frame brings them. */
class ColumnCache {
  readonly columns = ROW_COLUMNS.map(() => new Float64Array(QUOTES));
  applied = 0;

  apply(frame: Frame): void {
    const { rowCount, rows } = frame;
    for (let column = 1; column < ROW_COLUMNS.length; column++) {
      const values = this.columns[column];
      if (values === undefined) continue;
      const at = column * rowCount;
      for (let row = 0; row < rowCount; row++) values[rows[row] ?? 0] = rows[at + row] ?? Number.NaN;
    }
    this.applied += rowCount;
  }
}

/** Sends 200 rounds over a channel, each after the receiver has answered the one before. */
async function exchange<T>(rounds: number, make: (round: number) => T, apply: (message: T) => void): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  try {
    await new Promise<void>((resolve) => {
      let round = 0;
      const send = (): void => {
        if (round === rounds) resolve();
        else port1.postMessage(make(round++));
      };
      port2.on('message', (message: T) => {
        apply(message);
        send();
      });
      send();
    });
  } finally {
    port1.close();
    port2.close();
  }
}

function quoteObject({ symbol, values }: SymbolState) {
  return {
    symbol,
    last: values[1],
    lastSize: values[2],
    bid: values[3],
    bidSize: values[4],
    ask: values[5],
    askSize: values[6],
    open: values[7],
    high: values[8],
    low: values[9],
    previousClose: values[10],
    volume: values[11],
    timeMs: values[12],
    receivedMs: values[13],
    phase: values[14],
  };
}

export const uiFrame500: Benchmark = {
  name: 'ui-frame-500',
  goal: `>= ${String(GOAL)}x`,
  isMet: (result) => (result.ratio ?? 0) >= GOAL,
  skipReason: () => null,
  run: async () => {
    const states = Array.from({ length: QUOTES }, (_, index) => new SymbolState(`S${String(index)}`));
    const indexes = Uint32Array.from(states.keys());
    states.forEach((state, index) => {
      for (let column = 1; column < ROW_COLUMNS.length; column++) state.values[column] = 100 + index + column / 16;
    });
    const cache = new ColumnCache();
    const objects = new Map<string, QuoteObject>();
    const seconds = await compareSeconds(
      RUNS,
      () =>
        exchange(
          FRAMES_PER_RUN,
          (round) => {
            const rows = frameRows(states, indexes, QUOTES);
            return encodeFrame({ sequence: round, generation: 1, rowCount: QUOTES, rows, charts: [] });
          },
          (buffer) => cache.apply(decodeFrame(buffer)),
        ),
      () =>
        exchange(
          FRAMES_PER_RUN,
          () => states.map(quoteObject),
          (quotes) => {
            for (const quote of quotes) objects.set(quote.symbol, quote);
          },
        ),
    );
    const perFrame = seconds.subject / FRAMES_PER_RUN;
    return {
      value: perFrame * 1e6,
      unit: 'µs per frame',
      baseline: 'the same quotes as an array of objects, by structured clone over a MessageChannel',
      baselineValue: (seconds.baseline / FRAMES_PER_RUN) * 1e6,
      ratio: seconds.baseline / seconds.subject,
      conditions: `${String(QUOTES)} symbols, ${String(ROW_COLUMNS.length)} columns, all sent; encode, post, decode, apply; one in flight`,
    };
  },
};
