import type { Feed } from '../../feeds/feed.ts';
import { type Bar, type CalendarName, TapedeckError } from '../../market/index.ts';
import { pause } from '../../runtime/pause.ts';
import { retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';
import type { InstrumentRecorder } from './instrument-recorder.ts';
import { recordEvents } from './record-events.ts';
import type { WantedSymbols } from './wanted-symbols.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const WORKERS = 2;
const CHARTED_DEPTH_MS = 10 * DAY_MS;
const DAILY_DEPTH_MS = 400 * DAY_MS;
/** What a list needs: one day of minutes for the sparkline and the open daily candle, over a weekend too. */
const LISTED_DEPTH_MS: Readonly<Record<CalendarName, number>> = { 'always-open': DAY_MS, 'us-equities': 4 * DAY_MS };
/** With more symbols than this each gets a shorter history, so that a first start stays bounded. */
const FULL_DEPTH_SYMBOLS = 100;
/** Breath between pages, in which live data goes first. */
const PAGE_PAUSE_MS = 10;

type Depth = 'listed' | 'charted';

interface Job {
  /** Lower runs first. */
  readonly priority: number;
  readonly notBeforeMs: number;
  /** Whose history it is; null where nobody needs to watch a symbol for it. */
  readonly symbol: string | null;
  run(): Promise<void>;
}

/** Fetches finished bars behind the live stream: what is on a chart first, two requests at a time. */
export class Backfill {
  readonly #context: RoleContext;
  readonly #feed: Feed;
  readonly #instruments: InstrumentRecorder;
  readonly #signal: AbortSignal;
  #jobs: Job[] = [];
  readonly #done = new Map<string, Depth>();
  readonly #workers: Promise<void>[];
  #wanted: WantedSymbols = { symbols: [], charted: new Set() };

  constructor(context: RoleContext, feed: Feed, instruments: InstrumentRecorder, signal: AbortSignal) {
    this.#context = context;
    this.#feed = feed;
    this.#instruments = instruments;
    this.#signal = signal;
    this.#workers = Array.from({ length: WORKERS }, () => this.#work());
  }

  /**
   * Queues what these symbols lack; a symbol that moves onto a chart gets its longer history. One that is left out lacks what
   * comes from then on, so that it is looked at anew when it is back.
   */
  want(wanted: WantedSymbols, sinceMs: number): void {
    this.#wanted = wanted;
    const symbols = new Set(wanted.symbols);
    for (const symbol of this.#done.keys()) if (!symbols.has(symbol)) this.#done.delete(symbol);
    this.#jobs = this.#jobs.filter(({ symbol }) => symbol === null || symbols.has(symbol));
    wanted.symbols.forEach((symbol, index) => {
      const depth: Depth = wanted.charted.has(symbol) ? 'charted' : 'listed';
      const done = this.#done.get(symbol);
      if (done === depth || done === 'charted') return;
      this.#done.set(symbol, depth);
      const priority = depth === 'charted' ? index : 1_000 + index;
      this.#push({ priority, notBeforeMs: 0, symbol, run: () => this.#fillSymbol(symbol, depth, sinceMs) });
    });
  }

  /** From now on `want` looks again at what the store lacks. */
  forget(): void {
    this.#done.clear();
  }

  /** Queues other work on the history; it deals with its own failures. Lower `priority` runs first. */
  schedule(priority: number, notBeforeMs: number, run: () => Promise<void>): void {
    this.#push({ priority, notBeforeMs, symbol: null, run });
  }

  /** Publishes the finished minutes of `[fromMs, toMs)`; resolves to their number. */
  async minutes(symbol: string, fromMs: number, toMs: number): Promise<number> {
    await this.#instruments.record([symbol]);
    return this.#fill(symbol, '1m', fromMs, toMs);
  }

  /** After the signal has aborted. */
  async finish(): Promise<void> {
    await Promise.all(this.#workers);
  }

  get queueLength(): number {
    return this.#jobs.length;
  }

  #push(job: Job): void {
    this.#jobs.push(job);
    this.#jobs.sort((a, b) => a.priority - b.priority);
  }

  #next(): Job | null {
    const nowMs = this.#context.options.clock.now();
    const index = this.#jobs.findIndex((job) => job.notBeforeMs <= nowMs);
    return index === -1 ? null : (this.#jobs.splice(index, 1)[0] ?? null);
  }

  async #work(): Promise<void> {
    while (!this.#signal.aborted) {
      const job = this.#next();
      if (job === null) {
        await pause(200, this.#signal);
        continue;
      }
      this.#context.health.setQueue('backfill', this.#jobs.length, null);
      try {
        await job.run();
      } catch (cause) {
        const error = TapedeckError.from(cause);
        if (this.#signal.aborted) return;
        this.#context.options.metrics.count('backfill_failures_total', { code: error.code });
        this.#context.errors.report({
          scope: 'backfill',
          error,
          outcome: error.retryable ? 'retried' : 'gave-up',
          what: 'could not fetch history',
        });
        // An error that the user must resolve would come back for every symbol; a passing one deserves another try.
        if (!error.retryable) continue;
        const notBeforeMs = this.#context.options.clock.now() + 10_000;
        this.#push({ ...job, priority: job.priority + 1, notBeforeMs });
      }
    }
  }

  async #fillSymbol(symbol: string, depth: Depth, sinceMs: number): Promise<void> {
    await this.#instruments.record([symbol]);
    await this.#fillMissing(symbol, '1d', DAILY_DEPTH_MS, sinceMs);
    const calendar = this.#instruments.calendarOf(symbol);
    const share = Math.min(1, FULL_DEPTH_SYMBOLS / Math.max(1, this.#wanted.symbols.length));
    const depthMs = depth === 'charted' ? CHARTED_DEPTH_MS : LISTED_DEPTH_MS[calendar] * share;
    await this.#fillMissing(symbol, '1m', depthMs, sinceMs);
  }

  /** What lies before the oldest stored candle of the window, and what came between the newest one and the stream. */
  async #fillMissing(symbol: string, interval: '1m' | '1d', depthMs: number, sinceMs: number): Promise<void> {
    const { store, clock } = this.#context.options;
    const lengthMs = interval === '1m' ? MINUTE_MS : DAY_MS;
    const toMs = Math.max(clock.now(), sinceMs);
    const fromMs = Math.floor((sinceMs - depthMs) / lengthMs) * lengthMs;
    const query = { symbol, interval, source: null } as const;
    const [newest] = await store.candles({ ...query, fromMs: null, toMs: sinceMs - (sinceMs % MINUTE_MS), limit: 1 });
    if (newest === undefined || newest.openTimeMs < fromMs) {
      await this.#fill(symbol, interval, fromMs, toMs);
      return;
    }
    const [oldest] = await store.candles({ ...query, fromMs, toMs, limit: 1 });
    // One built here may have seen only the trades up to a stop of the program.
    const isWhole = newest.source === 'backfill' && newest.isClosed;
    const resumeMs = isWhole ? newest.openTimeMs + lengthMs : newest.openTimeMs;
    if (resumeMs < toMs) await this.#fill(symbol, interval, resumeMs, toMs);
    const oldestMs = oldest?.openTimeMs ?? toMs;
    if (oldestMs > fromMs) await this.#fill(symbol, interval, fromMs, oldestMs);
  }

  /** The newest page first: what a stop then leaves out lies before the oldest candle, where the next start looks. */
  async #fill(symbol: string, interval: '1m' | '1d', fromMs: number, toMs: number): Promise<number> {
    const pages: (readonly Bar[])[] = [];
    for await (const page of this.#feed.history({ symbol, interval, fromMs, toMs, signal: this.#signal })) {
      pages.push(page);
    }
    let count = 0;
    for (const page of pages.reverse()) {
      if (this.#signal.aborted) break;
      count += page.length;
      await this.#publish(page);
      await pause(PAGE_PAUSE_MS, this.#signal);
    }
    if (count > 0) this.#context.options.metrics.count('backfilled_bars_total', { interval }, count);
    return count;
  }

  async #publish(bars: readonly Bar[]): Promise<void> {
    if (bars.length === 0) return;
    await this.#instruments.ensure([], bars);
    const events = bars.map((bar): Bar => (bar.source === 'backfill' ? bar : { ...bar, source: 'backfill' }));
    await recordEvents(this.#context, events);
    await retry({
      work: () => this.#context.options.bus.publish('bars', events),
      signal: this.#signal,
      onFailure: (error) => this.#context.board.set('bus', 'down', error.userMessage),
    });
  }
}
