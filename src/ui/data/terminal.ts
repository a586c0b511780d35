import { createStore, type StoreApi } from 'zustand/vanilla';
import {
  DATASET_WATCHLIST_ID,
  HOST_SILENCE_MS,
  type ServerEvent,
  type Settings,
  type StatusSnapshot,
  type Watchlist,
} from '../../contract/index.ts';
import { type Alert, isReplayDataset } from '../../market/index.ts';
import type { ConnectToHost, HostConnection, RequestsClient } from '../transports/host-connection.ts';
import type { FrameTimers } from './frame-scheduler.ts';
import { HostSession, retryDelayMs } from './host-session.ts';
import { InstrumentCache } from './instrument-cache.ts';
import { MarketFeed } from './market-feed.ts';
import { INITIAL_STATE, type TerminalState, withAlert } from './terminal-state.ts';
import { TickStore } from './tick-store.ts';
import { WatchlistEdits } from './watchlist-edits.ts';

/** A sentence for the user, shown as a toast; repeats of one key replace each other. */
export interface Notice {
  readonly key: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export interface TerminalEvents {
  onNotice(notice: Notice): void;
  onAlert(alert: Extract<ServerEvent, { type: 'alert' }>['alert']): void;
  onShowSymbol(symbol: string): void;
}

export interface TerminalOptions {
  readonly connect: ConnectToHost;
  readonly timers: FrameTimers;
  readonly now: () => number;
  readonly random: () => number;
}

/** After this long without news a row is dimmed. */
const STALE_AFTER_MS = 90_000;
const STALENESS_CHECK_MS = 1_000;

/** Everything the window knows and can ask: one object, handed to React by context. */
export class Terminal {
  readonly ticks = new TickStore();
  readonly feed: MarketFeed;
  readonly state: StoreApi<TerminalState> = createStore(() => INITIAL_STATE);
  readonly instruments: InstrumentCache;
  private readonly session: HostSession;
  private readonly timers: FrameTimers;
  private readonly now: () => number;
  private readonly random: () => number;
  private readonly listeners = new Set<Partial<TerminalEvents>>();
  private readonly watchlistEdits = new WatchlistEdits({
    send: (watchlist) => this.attempt('The list was not saved', (requests) => requests.watchlists.save({ watchlist })),
    show: (watchlists) => this.state.setState({ watchlists }),
  });
  private connection: HostConnection | null = null;
  private epoch = 0;
  /** The pipeline that all data shown comes from, null before one of this connection has run. */
  private pipelineRun: number | null = null;
  /** Ends the reading of what the pipeline before knew. */
  private reading = new AbortController();
  /** Changes made while there was no connection: sent with the next one. */
  private unsentSettings: Partial<Settings> = {};
  private stalenessTimer: ReturnType<typeof setInterval> | null = null;

  constructor(options: TerminalOptions) {
    this.timers = options.timers;
    this.now = options.now;
    this.random = options.random;
    this.feed = new MarketFeed(this.ticks, options.timers, options.now);
    this.instruments = new InstrumentCache(
      (symbol) => this.requests().symbols.find({ symbol }),
      (found) => this.state.setState(({ instruments }) => ({ instruments: { ...instruments, ...found } })),
    );
    this.session = new HostSession({
      ...options,
      onState: (connection) => {
        this.detach();
        this.state.setState({ connection });
      },
      onOpen: (connection) => this.attach(connection),
    });
  }

  open(): void {
    void this.session.run();
    this.stalenessTimer = setInterval(() => this.checkStaleness(), STALENESS_CHECK_MS);
  }

  close(): void {
    this.session.close();
    this.reading.abort();
    this.connection?.close();
    if (this.stalenessTimer !== null) clearInterval(this.stalenessTimer);
  }

  /** Whether nobody can see any of the windows: a pane may stand in one that was popped out. */
  isHidden(): boolean {
    return this.timers.isHidden();
  }

  /** Whether the connection of this epoch still stands. */
  isConnected(epoch: number): boolean {
    const { connection } = this.state.getState();
    return connection.phase === 'open' && connection.epoch === epoch;
  }

  /** The host's requests. Throws, with a sentence for the user, while there is no connection. */
  requests(): RequestsClient {
    if (this.connection === null) throw new Error('Not connected to the host: this works again once it is back.');
    return this.connection.requests;
  }

  retryNow(): void {
    this.session.retryNow();
  }

  listen(listener: Partial<TerminalEvents>): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  notify(notice: Notice): void {
    for (const listener of this.listeners) listener.onNotice?.(notice);
  }

  /** Runs a request; a failure becomes a notice and the answer null. */
  async attempt<T>(what: string, call: (requests: RequestsClient) => Promise<T>): Promise<T | null> {
    try {
      return await call(this.requests());
    } catch (error) {
      this.notify({ key: what, level: 'error', text: `${what}: ${describeError(error)}` });
      return null;
    }
  }

  /** Host time now, epoch ms. */
  hostNow(): number {
    return this.now() + this.state.getState().hostClockOffsetMs;
  }

  /** The market's own time now, epoch ms. A replay stands between two of its events. */
  marketNow(): number {
    const { status } = this.state.getState();
    if (status === null) return this.hostNow();
    const { session, dataset, nowMs } = status;
    return isReplayDataset(dataset) ? session.timeMs : this.hostNow() + session.timeMs - nowMs;
  }

  showSymbol(symbol: string): void {
    this.state.setState({ symbol });
    // A symbol of a replayed file must not be what the chart of live prices opens on.
    if (datasetWatchlist(this.state.getState().watchlists) === null) void this.updateSettings({ chartSymbol: symbol });
  }

  /** Asks the charts of a symbol to show a moment, epoch ms. */
  showChartTime(symbol: string, timeMs: number): void {
    this.state.setState({ chartTime: { symbol, timeMs } });
  }

  /** Brings a symbol up from outside the window: a clicked notification, a second start with `--symbols`. */
  bringUpSymbol(symbol: string): void {
    this.showSymbol(symbol);
    for (const listener of this.listeners) listener.onShowSymbol?.(symbol);
  }

  async updateSettings(change: Partial<Settings>): Promise<void> {
    this.state.setState(({ settings }) => ({ settings: settings === null ? null : { ...settings, ...change } }));
    if (this.connection === null) {
      this.unsentSettings = { ...this.unsentSettings, ...change };
      return;
    }
    const settings = await this.attempt('Settings were not saved', (requests) => requests.settings.update(change));
    if (settings !== null) this.state.setState({ settings });
  }

  /** Shows the change at once and takes it back if the host refuses it. */
  saveWatchlist(watchlist: Watchlist): Promise<boolean> {
    return this.watchlistEdits.save(watchlist);
  }

  private attach(connection: HostConnection): void {
    this.connection = connection;
    connection.frames.onFrame((buffer) => this.feed.receive(buffer));
    void this.followEvents(connection);
  }

  private detach(): void {
    this.connection = null;
    this.reading.abort();
    this.feed.detach();
  }

  /**
   * Reads everything anew with the first status of a connection and whenever another pipeline runs behind it. An invented price
   * must never stand beside a real one, so what another dataset held goes before anything of this one is asked for.
   */
  private takeStatus(connection: HostConnection, status: StatusSnapshot): void {
    const before = this.state.getState();
    const hostClockOffsetMs = status.nowMs - this.now();
    if (before.status !== null && before.status.dataset !== status.dataset) this.forgetDataset();
    const isFirst = before.connection.phase !== 'open';
    const isOther = status.pipelineRun !== null && status.pipelineRun !== this.pipelineRun;
    // What is asked between two pipelines is asked by the first status of the next one.
    if (status.pipelineRun === null) this.feed.detach();
    if (isFirst || isOther) this.pipelineRun = status.pipelineRun;
    if (!isFirst && !isOther) {
      this.state.setState({ status, hostClockOffsetMs });
      return;
    }
    if (status.pipelineRun !== null) this.feed.attach(connection.frames);
    this.epoch++;
    this.state.setState({ status, hostClockOffsetMs, connection: { phase: 'open', epoch: this.epoch } });
    this.reading.abort();
    this.reading = new AbortController();
    this.instruments.retry();
    void this.load(connection.requests, this.reading.signal);
  }

  private forgetDataset(): void {
    this.reading.abort();
    this.feed.detach();
    this.ticks.clear();
    this.feed.scheduleFlush();
    this.instruments.forget();
    this.state.setState({ alertRules: null, alerts: null, instruments: {} });
  }

  private async load(requests: RequestsClient, signal: AbortSignal): Promise<void> {
    const complain = (error: unknown) => {
      // Without a pipeline the host itself says what it waits for.
      if (signal.aborted || this.state.getState().status?.pipelineRun === null) return;
      this.notify({ key: 'load', level: 'error', text: `Lists and rules could not be read: ${describeError(error)}` });
    };
    // The host knows its lists at once, while rules and alerts wait for its database.
    const lists = this.loadLists(requests).catch(complain);
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.loadAlerts(requests, signal);
        break;
      } catch (error) {
        if (attempt === 1) complain(error);
        await pause(retryDelayMs(attempt, this.random()), signal);
      }
    }
    await lists;
  }

  private async loadLists(requests: RequestsClient): Promise<void> {
    const [settings, watchlists] = await Promise.all([this.loadSettings(requests), requests.watchlists.list()]);
    this.state.setState({ settings });
    this.takeWatchlists(watchlists);
  }

  private async loadSettings(requests: RequestsClient): Promise<Settings> {
    const unsent = this.unsentSettings;
    if (Object.keys(unsent).length === 0) return requests.settings.get();
    this.unsentSettings = {};
    try {
      return await requests.settings.update(unsent);
    } catch (cause) {
      // The line may have been lost again: the next one takes them.
      this.unsentSettings = { ...unsent, ...this.unsentSettings };
      throw cause;
    }
  }

  /** The chart opens on the symbol shown last; under a replay on the first one that comes. */
  takeWatchlists(watchlists: readonly Watchlist[]): void {
    this.watchlistEdits.take(watchlists);
    const { symbol, settings } = this.state.getState();
    if (symbol !== null || settings === null) return;
    const replayed = datasetWatchlist(watchlists);
    const list = replayed ?? watchlists.find(({ symbols }) => symbols.length > 0);
    const lastShown = replayed === null ? settings.chartSymbol : null;
    this.state.setState({ symbol: lastShown ?? list?.symbols[0] ?? null });
  }

  private async loadAlerts(requests: RequestsClient, signal: AbortSignal): Promise<void> {
    const fired: Alert[] = [];
    const stop = this.listen({ onAlert: (alert) => fired.push(alert) });
    try {
      const [alertRules, stored] = await Promise.all([
        requests.alertRules.list(),
        requests.alerts.list({ limit: 200 }),
      ]);
      if (signal.aborted) return;
      // What fires meanwhile may have come too late for the answer.
      const alerts = fired.reduce<readonly Alert[]>(withAlert, stored);
      this.state.setState({ alertRules, alerts });
    } finally {
      stop();
    }
  }

  private async followEvents(connection: HostConnection): Promise<void> {
    const giveUp = () => connection.close('The host stopped answering.');
    let silence = setTimeout(giveUp, HOST_SILENCE_MS);
    try {
      for await (const event of await connection.requests.events()) {
        clearTimeout(silence);
        silence = setTimeout(giveUp, HOST_SILENCE_MS);
        if (this.connection !== connection) return;
        if (event.type === 'status') this.takeStatus(connection, event.status);
        else this.onEvent(event);
      }
    } catch (error) {
      if (this.connection !== connection) return;
      // Without events the window would show old rules and states as if they were new.
      this.notify({ key: 'events', level: 'warning', text: `Updates stopped: ${describeError(error)}` });
      connection.close();
    } finally {
      clearTimeout(silence);
    }
  }

  private onEvent(event: Exclude<ServerEvent, { type: 'status' }>): void {
    switch (event.type) {
      case 'alert':
        this.state.setState(({ alerts }) => ({ alerts: withAlert(alerts, event.alert) }));
        for (const listener of this.listeners) listener.onAlert?.(event.alert);
        break;
      case 'alert-rules':
        this.state.setState({ alertRules: event.rules });
        break;
      case 'watchlists':
        this.takeWatchlists(event.watchlists);
        break;
      case 'stack':
        this.state.setState({ stack: event.stack });
        break;
      case 'notice':
        this.notify(event);
        break;
    }
  }

  /**
   * An open socket is not fresh data: without a connection or a market that is open, ages mean something else, and in a
   * replay what has no next event is as new as it will get.
   */
  private checkStaleness(): void {
    const { connection, status } = this.state.getState();
    const feedState = status?.components.find(({ name }) => name === 'feed')?.state;
    const isLost = connection.phase !== 'open' || status?.pipelineRun === null || feedState === 'down';
    const isQuiet = status !== null && (status.session.phase === 'closed' || isReplayDataset(status.dataset));
    const maxAgeMs = isLost ? -Infinity : isQuiet ? Infinity : STALE_AFTER_MS;
    this.ticks.updateStaleness(this.hostNow(), maxAgeMs);
    this.feed.scheduleFlush();
  }
}

/** Resolves early when `signal` is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

/** The list that shows what a replayed file holds; null where nothing is replayed. */
export function datasetWatchlist(lists: readonly Watchlist[] | null): Watchlist | null {
  return lists?.find(({ id }) => id === DATASET_WATCHLIST_ID) ?? null;
}

/** The sentence of an error; the host's errors carry theirs in `message`. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
