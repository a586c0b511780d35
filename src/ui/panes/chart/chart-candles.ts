import type { CandleColumns, ChartUpdate } from '../../../contract/index.ts';
import { describeError } from '../../data/terminal.ts';
import type { CandleHistory } from './candle-history.ts';
import type { ChartView } from './chart-view.ts';

export type ChartState =
  | { readonly phase: 'loading' | 'ready' | 'empty' }
  | { readonly phase: 'error'; readonly message: string };

export interface ChartCandlesOptions {
  readonly history: CandleHistory;
  readonly view: Pick<ChartView, 'show' | 'candlesChanged' | 'lastChanged' | 'showLatest' | 'pan'>;
  /** The latest `limit` candles that open before `beforeMs`, or of all. */
  readonly read: (beforeMs: number | null, limit: number) => Promise<CandleColumns>;
  readonly onState: (state: ChartState) => void;
  readonly onLoadingOlder: (isLoading: boolean) => void;
  /** A sentence about a reading that failed while there is something to show. */
  readonly onProblem: (text: string) => void;
  /** After every reading that changed what can be shown, and when a failed one of older candles may be repeated. */
  readonly onRead: () => void;
}

const FIRST_LOAD = 700;
const OLDER_LOAD = 1_500;
const RETRY_MS = 5_000;

/** Reads the candles of one chart and merges what arrives live; what fails is tried again after five seconds. */
export class ChartCandles {
  private readonly options: ChartCandlesOptions;
  /** What arrived during a reading, to be put over its answer; null while none is under way. */
  private pending: ChartUpdate[] | null = [];
  private isReloadDue = false;
  private isLoadingOlder = false;
  private loads = 0;
  private isClosed = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private olderTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ChartCandlesOptions) {
    this.options = options;
  }

  /** Whether what there is can be shown: false until the first reading and during each. */
  get isSettled(): boolean {
    return this.pending === null;
  }

  /** Reads the latest candles; again after every reconnect. */
  async load(isAsked = true): Promise<void> {
    const { history, view, onState } = this.options;
    const load = ++this.loads;
    clearTimeout(this.retryTimer);
    const isFirst = history.length === 0;
    // A retry leaves the reason on screen until it is known to be better.
    if (isFirst && isAsked) onState({ phase: 'loading' });
    this.pending ??= [];
    this.isReloadDue = false;
    let columns: CandleColumns;
    try {
      columns = await this.options.read(null, FIRST_LOAD);
    } catch (error) {
      if (load === this.loads && !this.isClosed) this.failed(error, isFirst, isAsked);
      return;
    }
    if (load !== this.loads || this.isClosed) return;
    const hadLast = history.lastPlace;
    const places = history.load(columns);
    for (const update of this.pending ?? []) history.applyUpdate(update);
    this.pending = null;
    onState({ phase: history.length === 0 ? 'empty' : 'ready' });
    if (isFirst) view.show(history);
    else if (places === 'moved') view.showLatest();
    else {
      view.candlesChanged(hadLast);
      // What the window showed may be gone.
      if (places === 'anchored') view.pan(0);
    }
    this.options.onRead();
    if (this.isReloadDue) void this.load();
  }

  /** Takes a live update; it is kept, not copied. */
  take(update: ChartUpdate): void {
    if (this.pending !== null) {
      this.pending.push(update);
      // The answer under way may have been read before what this one tells of.
      this.isReloadDue ||= update.needsReload;
    } else if (update.needsReload) void this.load();
    else this.merge([update]);
  }

  /** Reads what comes before the first candle, unless that is under way or has just failed. */
  loadOlder(): void {
    const { history } = this.options;
    const beforeMs = history.openTimeMs[0];
    if (beforeMs === undefined || !history.hasMore || this.pending !== null) return;
    if (this.isLoadingOlder || this.olderTimer !== undefined) return;
    void this.readOlder(beforeMs);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.retryTimer);
    clearTimeout(this.olderTimer);
  }

  private failed(error: unknown, isFirst: boolean, isAsked: boolean): void {
    const message = describeError(error);
    if (isFirst) {
      // The next answer holds all that has arrived by then.
      this.pending = [];
      this.options.onState({ phase: 'error', message });
    } else {
      const updates = this.pending ?? [];
      this.pending = null;
      this.merge(updates);
      if (isAsked) this.options.onProblem(`was not reloaded: ${message}`);
    }
    this.retryTimer = setTimeout(() => void this.load(false), RETRY_MS);
  }

  private merge(updates: readonly ChartUpdate[]): void {
    const { history, view, onState } = this.options;
    if (updates.length === 0) return;
    const hadLast = history.lastPlace;
    const wasEmpty = history.length === 0;
    let isMore = false;
    for (const update of updates) {
      const { added, changedOlder } = history.applyUpdate(update);
      isMore ||= added || changedOlder;
    }
    if (wasEmpty && history.length > 0) {
      onState({ phase: 'ready' });
      view.show(history);
    } else if (isMore) view.candlesChanged(hadLast);
    else view.lastChanged();
  }

  private async readOlder(beforeMs: number): Promise<void> {
    const { history, view, onLoadingOlder, onProblem, onRead } = this.options;
    this.isLoadingOlder = true;
    onLoadingOlder(true);
    let columns: CandleColumns | null = null;
    try {
      columns = await this.options.read(beforeMs, OLDER_LOAD);
    } catch (error) {
      if (this.isClosed) return;
      onProblem(`older candles were not read: ${describeError(error)}`);
      this.olderTimer = setTimeout(() => {
        this.olderTimer = undefined;
        onRead();
      }, RETRY_MS);
    }
    this.isLoadingOlder = false;
    if (this.isClosed) return;
    onLoadingOlder(false);
    if (columns === null) return;
    // Before a first candle that has changed meanwhile they would leave a hole.
    if (history.openTimeMs[0] === beforeMs) {
      history.prepend(columns);
      view.candlesChanged(history.lastPlace);
    }
    onRead();
  }
}
