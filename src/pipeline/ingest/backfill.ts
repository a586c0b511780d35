import type { Feed } from '../../feeds/feed.ts';
import { type Bar, type CalendarName, TapedeckError } from '../../market/index.ts';
import { pause } from '../../runtime/pause.ts';
import { Lane } from '../lane.ts';
import { RepeatingTask } from '../repeating-task.ts';
import { retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';
import { historyDelayMs, streamDelayMs } from './feed-delay.ts';
import { HistoryDebts } from './history-debts.ts';
import type { PublisherParts } from './event-publisher.ts';
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
const SAVE_DEBTS_EVERY_MS = 1_000;
/** What waited until a delayed feed serves it goes behind what is fetched for the first time. */
const CLOSE_UP_PRIORITY = 900_000;

type Depth = 'listed' | 'charted';

interface Job {
  /** Lower runs first. */
  readonly priority: number;
  readonly notBeforeMs: number;
  /** Whose history it is; null where nobody needs to watch a symbol for it. */
  readonly symbol: string | null;
  run(): Promise<void>;
}

interface Stretch {
  readonly symbol: string;
  readonly interval: '1m' | '1d';
  /** How far back the window reaches from `sinceMs`. */
  readonly depthMs: number;
  /** When the stream began to tell of the symbol. */
  readonly sinceMs: number;
}

/** Fetches finished bars behind the live stream: what is on a chart first, two requests at a time. */
export class Backfill {
  readonly #context: RoleContext;
  readonly #feed: Feed;
  readonly #parts: PublisherParts;
  readonly #signal: AbortSignal;
  #jobs: Job[] = [];
  readonly #done = new Map<string, Depth>();
  readonly #workers: Promise<void>[];
  readonly #debts: HistoryDebts;
  readonly #lane = new Lane();
  #saving: RepeatingTask | null = null;
  #isUnsaved = false;
  #wanted: WantedSymbols = { symbols: [], charted: new Set() };

  constructor(context: RoleContext, feed: Feed, parts: PublisherParts, signal: AbortSignal) {
    this.#context = context;
    this.#feed = feed;
    this.#parts = parts;
    this.#signal = signal;
    this.#debts = new HistoryDebts(context, feed.name);
    this.#workers = Array.from({ length: WORKERS }, () => this.#work());
  }

  /** With the feed's lease in hand, before anything is wanted. */
  async begin(): Promise<void> {
    // A wish may come meanwhile: it adds to what is read.
    await this.#lane.run(() => this.#debts.open());
    this.#saving ??= new RepeatingTask(
      SAVE_DEBTS_EVERY_MS,
      () => this.#saveDebts(),
      (error) => this.#reportUnsaved(error),
    );
  }

  /** Before the lease is given back. What is queued is worked off all the same. */
  async pause(): Promise<void> {
    await this.#saving?.stop();
    this.#saving = null;
    try {
      await this.#debts.release();
    } catch (cause) {
      this.#reportUnsaved(cause);
    }
  }

  /**
   * Queues what these symbols lack; a symbol that moves onto a chart gets its longer history. One that is left out lacks what
   * comes from then on, so that it is looked at anew when it is back. Resolves when it is stored what they lack: only then may
   * the stream bring them. Throws where it cannot be stored.
   */
  want(wanted: WantedSymbols, sinceMs: number): Promise<void> {
    return this.#lane.run(() => this.#take(wanted, sinceMs));
  }

  /** Another process had the feed: from now on `want` looks again at what the store lacks. */
  forget(): void {
    this.#done.clear();
    this.#debts.forget();
    this.#jobs = this.#jobs.filter(({ symbol }) => symbol === null);
  }

  /** Queues other work on the history; it deals with its own failures. Lower `priority` runs first. */
  schedule(priority: number, notBeforeMs: number, run: () => Promise<void>): void {
    this.#push({ priority, notBeforeMs, symbol: null, run });
  }

  /** Publishes the finished minutes of `[fromMs, toMs)`; resolves to their number. */
  async minutes(symbol: string, fromMs: number, toMs: number): Promise<number> {
    await this.#parts.instruments.record([symbol]);
    return this.#fill(symbol, '1m', fromMs, toMs);
  }

  /** After the signal has aborted. */
  async finish(): Promise<void> {
    await Promise.all(this.#workers);
  }

  get queueLength(): number {
    return this.#jobs.length;
  }

  async #take(wanted: WantedSymbols, sinceMs: number): Promise<void> {
    this.#wanted = wanted;
    const symbols = new Set(wanted.symbols);
    for (const symbol of this.#done.keys()) if (!symbols.has(symbol)) this.#done.delete(symbol);
    const depthOf = (symbol: string): Depth => (wanted.charted.has(symbol) ? 'charted' : 'listed');
    const isDone = (symbol: string): boolean => ['charted', depthOf(symbol)].includes(this.#done.get(symbol) ?? '');
    const lacking = new Set(wanted.symbols.filter((symbol) => !isDone(symbol)));
    await this.#debts.owe([...lacking], sinceMs - streamDelayMs(this.#feed));
    this.#jobs = this.#jobs.filter(({ symbol }) => symbol === null || (symbols.has(symbol) && !lacking.has(symbol)));
    wanted.symbols.forEach((symbol, index) => {
      if (!lacking.has(symbol)) return;
      const depth = depthOf(symbol);
      this.#done.set(symbol, depth);
      const priority = depth === 'charted' ? index : 1_000 + index;
      this.#push({ priority, notBeforeMs: 0, symbol, run: () => this.#fillSymbol(symbol, depth, sinceMs) });
    });
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
    const debt = this.#debts.of(symbol);
    const servedMs = this.#servedUntilMs();
    await this.#parts.instruments.record([symbol]);
    await this.#fillMissing({ symbol, interval: '1d', depthMs: DAILY_DEPTH_MS, sinceMs }, debt?.dayMs);
    const calendar = this.#parts.instruments.calendarOf(symbol);
    const share = Math.min(1, FULL_DEPTH_SYMBOLS / Math.max(1, this.#wanted.symbols.length));
    const depthMs = depth === 'charted' ? CHARTED_DEPTH_MS : LISTED_DEPTH_MS[calendar] * share;
    await this.#fillMissing({ symbol, interval: '1m', depthMs, sinceMs }, debt?.minuteMs);
    if (this.#signal.aborted) return;
    // What lies between the end of a delayed feed's history and the begin of its stream, and the minute in which that began.
    const fromMs = Math.max(servedMs, debt?.minuteMs ?? servedMs);
    const toMs = Math.ceil((sinceMs - streamDelayMs(this.#feed)) / MINUTE_MS) * MINUTE_MS;
    if (streamDelayMs(this.#feed) === 0 || fromMs >= toMs) {
      this.#debts.settle(symbol, debt);
      return;
    }
    const run = async (): Promise<void> => {
      await this.#fill(symbol, '1m', fromMs, toMs);
      if (!this.#signal.aborted) this.#debts.settle(symbol, debt);
    };
    this.#push({ priority: CLOSE_UP_PRIORITY, notBeforeMs: toMs + historyDelayMs(this.#feed), symbol, run });
  }

  /** Where the minutes of the history end now, as far as the feed states it. */
  #servedUntilMs(): number {
    const { clock } = this.#context.options;
    if (streamDelayMs(this.#feed) === 0) return clock.now();
    return Math.floor((clock.now() - historyDelayMs(this.#feed)) / MINUTE_MS) * MINUTE_MS;
  }

  /**
   * What came since the newest candle that was stored before the stream, `resumeMs`, and what lies before the oldest stored one
   * of the window; all of the window where nothing was stored, and only what lies before where nothing has been missed since.
   */
  async #fillMissing(stretch: Stretch, resumeMs: number | null | undefined): Promise<void> {
    const { symbol, interval, depthMs, sinceMs } = stretch;
    const { store } = this.#context.options;
    const lengthMs = interval === '1m' ? MINUTE_MS : DAY_MS;
    const toMs = interval === '1m' ? this.#servedUntilMs() : this.#context.options.clock.now();
    const fromMs = Math.floor((sinceMs - depthMs) / lengthMs) * lengthMs;
    if (resumeMs === null) {
      await this.#fill(symbol, interval, fromMs, toMs);
      return;
    }
    const [oldest] = await store.candles({ symbol, interval, source: null, fromMs, toMs, limit: 1 });
    // A long absence is made good in one piece, however short the list's own window is: no later look would find the rest.
    const missedMs = Math.max(resumeMs ?? toMs, Math.min(fromMs, sinceMs - CHARTED_DEPTH_MS));
    if (missedMs < toMs) await this.#fill(symbol, interval, missedMs, toMs);
    const oldestMs = Math.min(oldest?.openTimeMs ?? toMs, missedMs);
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

  async #saveDebts(): Promise<void> {
    await this.#debts.save();
    this.#isUnsaved = false;
  }

  /** A line in the log for each stretch of time in which it cannot be stored: it is tried every second. */
  #reportUnsaved(error: unknown): void {
    const what = 'could not store whose history is complete; it is looked at again after the next start';
    const report = { scope: 'backfill', error, outcome: 'retried', what } as const;
    if (this.#isUnsaved) this.#context.errors.record(report);
    else this.#context.errors.report(report);
    this.#isUnsaved = true;
  }

  async #publish(bars: readonly Bar[]): Promise<void> {
    if (bars.length === 0) return;
    await this.#parts.instruments.ensure([], bars);
    const events = bars.map((bar): Bar => (bar.source === 'backfill' ? bar : { ...bar, source: 'backfill' }));
    await this.#parts.recording.write(events);
    await retry({
      work: () => this.#context.options.bus.publish('bars', events),
      signal: this.#signal,
      onFailure: (error) => this.#context.board.set('bus', 'down', error.userMessage),
    });
  }
}
