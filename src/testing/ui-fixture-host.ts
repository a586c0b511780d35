import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { implement, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type ClientMessage,
  DEFAULT_SETTINGS,
  encodeFrame,
  requests,
  ROW_COLUMNS,
  type ServerEvent,
  type Settings,
  type StatusSnapshot,
  type Watchlist,
} from '../contract/index.ts';
import type { Alert, AlertRule } from '../market/index.ts';
import { seededRandom, UiFixtureMarket } from './ui-fixture-market.ts';

/** The strictest policy the UI is promised to work under. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface UiFixtureOptions {
  /** A built renderer. */
  readonly folder: string;
  readonly symbolCount?: number;
  readonly ticksPerSecond?: number;
  readonly seed?: number;
  readonly watchlists?: readonly Watchlist[];
  readonly status?: Partial<StatusSnapshot>;
  /** Candle requests never answer: the loading state. */
  readonly stallCandles?: boolean;
  readonly failCandles?: boolean;
  readonly settings?: Partial<Settings>;
}

export interface UiFixtureHost {
  readonly url: string;
  readonly market: UiFixtureMarket;
  /** What the UI saved, for asserting. */
  readonly state: {
    watchlists: readonly Watchlist[];
    rules: readonly AlertRule[];
    settings: Settings;
    layout: string | null;
  };
  /** Receipt-to-paint times that the UI reported, ms. */
  readonly paintTimesMs: number[];
  /** Host-sent to acknowledged, ms. */
  readonly roundTripsMs: number[];
  readonly clientMessages: ClientMessage[];
  setTicksPerSecond(rate: number): void;
  emit(event: ServerEvent): void;
  /** Cuts every connection and refuses new ones until `true` comes. */
  setReachable(isReachable: boolean): void;
  close(): Promise<void>;
}

/** A host for tests of the UI: speaks the contract over WebSockets and makes prices up, at a rate that can be set. */
export async function startUiFixtureHost(options: UiFixtureOptions): Promise<UiFixtureHost> {
  const { symbolCount = 300, seed = 7 } = options;
  const market = new UiFixtureMarket(symbolCount, seed, Date.now());
  const symbols = market.instruments.map(({ symbol }) => symbol);
  const listeners = new Set<(event: ServerEvent) => void>();
  let ticksPerSecond = options.ticksPerSecond ?? 200;
  let isReachable = true;
  const state: UiFixtureHost['state'] = {
    watchlists: options.watchlists ?? [
      { id: 'tech', name: 'Tech', symbols: symbols.slice(0, 40) },
      { id: 'everything', name: 'Everything', symbols },
    ],
    rules: [],
    settings: { ...DEFAULT_SETTINGS, chartSymbol: symbols[0] ?? null, ...options.settings },
    layout: null,
  };
  const alerts: Alert[] = [];
  const emit = (event: ServerEvent) => {
    if (event.type === 'alert') alerts.unshift(event.alert);
    for (const listener of listeners) listener(event);
  };
  const statusNow = (): StatusSnapshot => ({ ...okStatus(), tradesPerSecond: ticksPerSecond, ...options.status });
  const router = fixtureRouter({ market, state, alerts, listeners, statusNow, emit, options });
  const handler = new RPCHandler(router);

  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname));
    const file = join(options.folder, path === '/' ? 'index.html' : path);
    const send = async () => {
      const info = await stat(file).catch(() => null);
      if (info === null || !info.isFile() || !file.startsWith(options.folder)) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': CONTENT_SECURITY_POLICY,
      });
      createReadStream(file).pipe(response);
    };
    void send();
  });
  const sockets = new WebSocketServer({ noServer: true });
  const desks = new Set<FixtureDesk>();
  const paintTimesMs: number[] = [];
  const roundTripsMs: number[] = [];
  const clientMessages: ClientMessage[] = [];
  server.on('upgrade', (request, socket, head) => {
    if (!isReachable) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (request.url === '/ws/requests') void handler.upgrade(client);
      else {
        const desk = new FixtureDesk(client, market, { paintTimesMs, roundTripsMs, clientMessages });
        desks.add(desk);
        client.on('close', () => desks.delete(desk));
      }
    });
  });

  const random = seededRandom(seed + 1);
  let owed = 0;
  let lastMs = performance.now();
  const ticker = setInterval(() => {
    const nowMs = performance.now();
    owed += ((nowMs - lastMs) / 1000) * ticksPerSecond;
    lastMs = nowMs;
    for (; owed >= 1; owed--) {
      const symbol = symbols[Math.floor(random() * symbols.length)] ?? '';
      market.tick(symbol, Date.now());
      for (const desk of desks) desk.changed(symbol);
    }
    for (const desk of desks) desk.send();
  }, 4);
  const statusTimer = setInterval(() => emit({ type: 'status', status: statusNow() }), 1_000);

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    market,
    state,
    paintTimesMs,
    roundTripsMs,
    clientMessages,
    setTicksPerSecond: (rate) => {
      ticksPerSecond = rate;
    },
    emit,
    setReachable: (reachable) => {
      isReachable = reachable;
      if (!reachable) for (const client of sockets.clients) client.terminate();
    },
    close: async () => {
      clearInterval(ticker);
      clearInterval(statusTimer);
      for (const client of sockets.clients) client.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

interface DeskRecords {
  readonly paintTimesMs: number[];
  readonly roundTripsMs: number[];
  readonly clientMessages: ClientMessage[];
}

/** One window's market data: latest per symbol, one frame in flight. */
class FixtureDesk {
  private readonly socket: WebSocket;
  private readonly market: UiFixtureMarket;
  private readonly records: DeskRecords;
  private watch: Extract<ClientMessage, { type: 'watch' }> | null = null;
  private indexes = new Map<string, number>();
  private readonly dirty = new Set<string>();
  private sequence = 0;
  private sentMs: number | null = null;

  constructor(socket: WebSocket, market: UiFixtureMarket, records: DeskRecords) {
    this.socket = socket;
    this.market = market;
    this.records = records;
    socket.on('message', (data: Buffer) => this.receive(JSON.parse(data.toString('utf8')) as ClientMessage));
  }

  changed(symbol: string): void {
    if (this.indexes.has(symbol) || this.watch?.charts.some((chart) => chart.symbol === symbol)) this.dirty.add(symbol);
  }

  send(): void {
    const { watch } = this;
    if (watch === null || this.sentMs !== null || this.dirty.size === 0) return;
    const quotes = [...this.dirty].flatMap((symbol) => {
      const index = this.indexes.get(symbol);
      const quote = this.market.quotes.get(symbol);
      return index === undefined || quote === undefined ? [] : [{ index, quote }];
    });
    const rows = new Float64Array(ROW_COLUMNS.length * quotes.length);
    const nowMs = Date.now();
    for (const [row, { index, quote }] of quotes.entries()) {
      const values = { ...quote, symbolIndex: index, bidSize: 200, askSize: 300, receivedMs: nowMs, phase: 0 };
      for (const [column, name] of ROW_COLUMNS.entries()) rows[column * quotes.length + row] = values[name];
    }
    const charts = watch.charts
      .filter(({ symbol }) => this.dirty.has(symbol))
      .map(({ chartId, symbol, interval, indicators }) => ({
        chartId,
        needsReload: false,
        indicatorCount: indicators.length,
        values: this.market.latestRows(symbol, interval, indicators, nowMs),
      }));
    this.dirty.clear();
    this.sequence++;
    this.sentMs = performance.now();
    const { generation } = watch;
    this.socket.send(encodeFrame({ sequence: this.sequence, generation, rowCount: quotes.length, rows, charts }));
  }

  private receive(message: ClientMessage): void {
    this.records.clientMessages.push(message);
    if (message.type === 'watch') {
      this.watch = message;
      this.indexes = new Map(message.symbols.map((symbol, index) => [symbol, index]));
      for (const symbol of message.symbols) this.dirty.add(symbol);
    } else if (message.type === 'acknowledge' && this.sentMs !== null) {
      this.records.paintTimesMs.push(message.paintMs);
      this.records.roundTripsMs.push(performance.now() - this.sentMs);
      this.sentMs = null;
      this.send();
    }
  }
}

interface RouterParts {
  readonly market: UiFixtureMarket;
  readonly state: UiFixtureHost['state'];
  readonly alerts: readonly Alert[];
  readonly listeners: Set<(event: ServerEvent) => void>;
  readonly statusNow: () => StatusSnapshot;
  readonly emit: (event: ServerEvent) => void;
  readonly options: UiFixtureOptions;
}

function fixtureRouter({ market, state, alerts, listeners, statusNow, emit, options }: RouterParts) {
  const os = implement(requests);
  const setLists = (watchlists: readonly Watchlist[]) => {
    state.watchlists = watchlists;
    emit({ type: 'watchlists', watchlists: [...watchlists] });
    return [...watchlists];
  };
  const search = (query: string, limit: number) => {
    const upper = query.toUpperCase();
    const bySymbol = market.instruments.filter(({ symbol }) => symbol.startsWith(upper));
    const byName = market.instruments.filter(
      ({ symbol, name }) => !symbol.startsWith(upper) && name.toUpperCase().includes(upper),
    );
    return [...bySymbol, ...byName].slice(0, limit);
  };
  return os.router({
    status: os.status.handler(() => statusNow()),
    events: os.events.handler(async function* ({ signal }) {
      const queue: ServerEvent[] = [{ type: 'status', status: statusNow() }];
      let wake: () => void = () => undefined;
      const listener = (event: ServerEvent) => {
        queue.push(event);
        wake();
      };
      listeners.add(listener);
      signal?.addEventListener('abort', () => wake());
      try {
        for (;;) {
          if (signal?.aborted === true) return;
          const event = queue.shift();
          if (event !== undefined) yield event;
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        listeners.delete(listener);
      }
    }),
    symbols: {
      search: os.symbols.search.handler(({ input }) => search(input.query, input.limit)),
      find: os.symbols.find.handler(({ input }) => ({
        instrument: market.instruments.find(({ symbol }) => symbol === input.symbol) ?? null,
        suggestions: search(input.symbol.slice(0, 2), 3),
      })),
    },
    watchlists: {
      list: os.watchlists.list.handler(() => [...state.watchlists]),
      save: os.watchlists.save.handler(({ input: { watchlist } }) => {
        const isKnown = state.watchlists.some(({ id }) => id === watchlist.id);
        return setLists(
          isKnown
            ? state.watchlists.map((list) => (list.id === watchlist.id ? watchlist : list))
            : [...state.watchlists, watchlist],
        );
      }),
      remove: os.watchlists.remove.handler(({ input }) =>
        setLists(state.watchlists.filter(({ id }) => id !== input.id)),
      ),
      reorder: os.watchlists.reorder.handler(({ input }) =>
        setLists([...state.watchlists].sort((a, b) => input.ids.indexOf(a.id) - input.ids.indexOf(b.id))),
      ),
      exportText: os.watchlists.exportText.handler(({ input }) => ({
        fileName: `watchlists.${input.format}`,
        text: JSON.stringify(state.watchlists.filter(({ id }) => input.ids.includes(id))),
      })),
      importText: os.watchlists.importText.handler(({ input }) => {
        const found = input.text.split(/[\s,;]+/).filter((word) => market.quotes.has(word));
        const list = { id: input.name, name: input.name, symbols: found };
        return { watchlists: setLists([...state.watchlists, list]), rejected: [] };
      }),
    },
    candles: {
      range: os.candles.range.handler(async ({ input }) => {
        if (options.failCandles === true) {
          throw new ORPCError('SERVICE_UNAVAILABLE', { message: 'The store is not answering. It is tried again.' });
        }
        if (options.stallCandles === true) await new Promise(() => undefined);
        const { symbol, interval, beforeMs, limit, indicators } = input;
        return market.range(symbol, interval, beforeMs, limit, indicators, Date.now());
      }),
      sparklines: os.candles.sparklines.handler(({ input }) =>
        Object.fromEntries(
          input.symbols.map((symbol) => [symbol, market.range(symbol, '1m', null, input.points, [], Date.now()).close]),
        ),
      ),
    },
    alerts: { list: os.alerts.list.handler(() => [...alerts]) },
    alertRules: {
      list: os.alertRules.list.handler(() => [...state.rules]),
      save: os.alertRules.save.handler(({ input }) => {
        const nowMs = Date.now();
        const rule: AlertRule = { ...input, id: input.id ?? crypto.randomUUID(), createdMs: nowMs, updatedMs: nowMs };
        state.rules = [...state.rules.filter(({ id }) => id !== rule.id), rule];
        emit({ type: 'alert-rules', rules: [...state.rules] });
        return rule;
      }),
      remove: os.alertRules.remove.handler(({ input }) => {
        state.rules = state.rules.filter(({ id }) => id !== input.id);
        emit({ type: 'alert-rules', rules: [...state.rules] });
        return { isRemoved: true };
      }),
      defaults: os.alertRules.defaults.handler(() => ({
        rsiOverbought: 70,
        rsiOversold: 30,
        volatilityThreshold: 0.02,
        priceChangePercent: 2,
        volumeChangePercent: 200,
      })),
    },
    settings: {
      get: os.settings.get.handler(() => state.settings),
      update: os.settings.update.handler(({ input }) => {
        state.settings = { ...state.settings, ...input };
        return state.settings;
      }),
      secrets: os.settings.secrets.handler(() => ({
        APCA_API_KEY_ID: { isSet: false, isEncrypted: false },
        APCA_API_SECRET_KEY: { isSet: false, isEncrypted: false },
      })),
      setSecret: os.settings.setSecret.handler(({ input }) => ({ isSet: input.value !== null, isEncrypted: true })),
      restartPipeline: os.settings.restartPipeline.handler(() => ({ isRestarting: true })),
    },
    layout: {
      get: os.layout.get.handler(() => state.layout),
      save: os.layout.save.handler(({ input }) => {
        state.layout = input.model;
        return { isSaved: true };
      }),
    },
  });
}

function okStatus(): StatusSnapshot {
  const nowMs = Date.now();
  const sinceMs = nowMs - 754_000;
  const component = (name: string, detail: string) => ({ name, state: 'ok' as const, detail, sinceMs });
  return {
    version: '0.1.0',
    dataset: 'mock',
    stack: 'embedded',
    feed: 'mock',
    roles: ['ingest', 'analyze', 'persist', 'notify', 'serve'],
    nowMs,
    session: { phase: 'open', changesAtMs: null, nextPhase: null },
    components: [
      component('feed', 'mock market, 300 symbols'),
      component('bus', 'log on disk, lag 0'),
      component('store', 'embedded PostgreSQL 18'),
      component('ingest', 'publishing'),
      component('analyze', '300 symbols, 5 intervals'),
      component('persist', 'lag 12 ms'),
    ],
    tradesPerSecond: 200,
    deadLetters: 0,
    openGaps: 0,
    latencyMs: { p50: 3.2, p99: 14 },
    ignoredSettings: [],
  };
}
