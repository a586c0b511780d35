/**
 * Market data between host and UI: binary frames one way, small JSON messages the other. One frame is in flight until the
 * client acknowledges it; meanwhile the host keeps the latest state per symbol, so a slow client costs no memory.
 *
 * Layout, little-endian: header Uint32 x 6 [magic, sequence, generation, rowCount, chartCount, reserved], then
 * `ROW_COLUMNS.length` columns of `rowCount` Float64 each (column-major), then per chart an 8-value Float64 header
 * [chartId, candleCount, indicatorCount, flags, 0, 0, 0, 0] and `candleCount` rows of
 * [openTimeMs, open, high, low, close, volume, revision, closed, ...indicators]; `closed` is 0 for an open candle, 1 for a closed one, 2 for one that a backfill made. NaN means "no value".
 */
export const ROW_COLUMNS = [
  /** Index into the symbols of the latest `watch` message. */
  'symbolIndex',
  'last',
  'lastSize',
  'bid',
  'bidSize',
  'ask',
  'askSize',
  'open',
  'high',
  'low',
  'previousClose',
  'volume',
  /** Exchange time of the last trade or quote, epoch ms. */
  'timeMs',
  /** When the host received it, epoch ms. */
  'receivedMs',
  /** `PhaseCode`. */
  'phase',
] as const;

export type RowColumn = (typeof ROW_COLUMNS)[number];

/** Trading state of one symbol. */
export const PhaseCode = { trading: 0, halted: 1, quoting: 2 } as const;

const MAGIC = 0x54504445;
const HEADER_BYTES = 24;
const CHART_HEADER_VALUES = 8;
const CANDLE_VALUES = 8;

/** `FLAG_RELOAD`: more changed than fits; the client asks for the range again. */
export const FLAG_RELOAD = 1;

export interface ChartUpdate {
  readonly chartId: number;
  readonly needsReload: boolean;
  readonly indicatorCount: number;
  /** `candleCount` rows of `8 + indicatorCount` values, see the layout above. */
  readonly values: Float64Array;
}

export interface Frame {
  readonly sequence: number;
  /** Of the `watch` message that the symbol indexes refer to; frames of an older one are dropped. */
  readonly generation: number;
  readonly rowCount: number;
  /** `ROW_COLUMNS.length * rowCount` values, column-major. */
  readonly rows: Float64Array;
  readonly charts: readonly ChartUpdate[];
}

export type ClientMessage =
  | {
      readonly type: 'watch';
      readonly generation: number;
      readonly symbols: readonly string[];
      readonly charts: readonly {
        readonly chartId: number;
        readonly symbol: string;
        readonly interval: '1m' | '5m' | '15m' | '1h' | '1d';
        /** Keys of `IndicatorSet.values`, in the order the frame's columns come. */
        readonly indicators: readonly string[];
      }[];
    }
  | { readonly type: 'acknowledge'; readonly sequence: number; /** Receipt to paint. */ readonly paintMs: number }
  | { readonly type: 'visibility'; readonly isHidden: boolean };

export function candleRowLength(indicatorCount: number): number {
  return CANDLE_VALUES + indicatorCount;
}

export function encodeFrame(frame: Frame): ArrayBuffer {
  let valueCount = frame.rows.length;
  for (const chart of frame.charts) valueCount += CHART_HEADER_VALUES + chart.values.length;
  const buffer = new ArrayBuffer(HEADER_BYTES + valueCount * 8);
  new Uint32Array(buffer, 0, 6).set([MAGIC, frame.sequence, frame.generation, frame.rowCount, frame.charts.length, 0]);
  const values = new Float64Array(buffer, HEADER_BYTES);
  values.set(frame.rows, 0);
  let at = frame.rows.length;
  for (const chart of frame.charts) {
    values[at] = chart.chartId;
    values[at + 1] = chart.values.length / candleRowLength(chart.indicatorCount);
    values[at + 2] = chart.indicatorCount;
    values[at + 3] = chart.needsReload ? FLAG_RELOAD : 0;
    values.set(chart.values, at + CHART_HEADER_VALUES);
    at += CHART_HEADER_VALUES + chart.values.length;
  }
  return buffer;
}

/** The arrays of the result are views into `buffer`. Throws a `RangeError` on anything that is not a whole frame. */
export function decodeFrame(buffer: ArrayBuffer): Frame {
  if (buffer.byteLength < HEADER_BYTES) throw new RangeError('frame shorter than its header');
  const header = new Uint32Array(buffer, 0, 6);
  if (header[0] !== MAGIC) throw new RangeError('not a TapeDeck frame');
  const rowCount = header[3] ?? 0;
  const values = new Float64Array(buffer, HEADER_BYTES);
  const rowValues = rowCount * ROW_COLUMNS.length;
  if (rowValues > values.length) throw new RangeError('frame cut short');
  const charts: ChartUpdate[] = [];
  let at = rowValues;
  for (let index = 0; index < (header[4] ?? 0); index++) {
    const indicatorCount = values[at + 2] ?? 0;
    const length = (values[at + 1] ?? 0) * candleRowLength(indicatorCount);
    const start = at + CHART_HEADER_VALUES;
    if (!(start + length <= values.length)) throw new RangeError('frame cut short');
    charts.push({
      chartId: values[at] ?? 0,
      needsReload: values[at + 3] === FLAG_RELOAD,
      indicatorCount,
      values: values.subarray(start, start + length),
    });
    at = start + length;
  }
  return {
    sequence: header[1] ?? 0,
    generation: header[2] ?? 0,
    rowCount,
    rows: values.subarray(0, rowValues),
    charts,
  };
}
