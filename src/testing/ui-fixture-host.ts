import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type ClientMessage,
  DEFAULT_SETTINGS,
  encodeFrame,
  ROW_COLUMNS,
  type PipelineHealth,
  type ServerEvent,
  type Settings,
  type StackSnapshot,
  type StatusSnapshot,
  type Watchlist,
} from '../contract/index.ts';
import type { Alert } from '../market/index.ts';
import { seededRandom, UiFixtureMarket } from './ui-fixture-market.ts';
import { emptyQuality, type UiFixtureQuality } from './ui-fixture-quality.ts';
import { fixtureHealth } from './ui-fixture-health.ts';
import { fixtureRouter, fixtureStatus, type UiFixtureState } from './ui-fixture-router.ts';
import { UiFixtureStack } from './ui-fixture-stack.ts';

/** The strictest policy the UI is promised to work under. */
const CONTENT_SECURITY_POLICY =
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
  /** Null as from a host that starts. */
  readonly health?: PipelineHealth | null;
  /** Candle requests never answer: the loading state. */
  readonly stallCandles?: boolean;
  readonly failCandles?: boolean;
  /** The first request for the layout never answers, as from a host that dies over it. */
  readonly stallFirstLayout?: boolean;
  readonly settings?: Partial<Settings>;
  readonly stack?: Partial<StackSnapshot>;
  /** A saved layout, as JSON. */
  readonly layout?: string;
  readonly quality?: Partial<UiFixtureQuality>;
}

export interface UiFixtureHost {
  readonly url: string;
  readonly market: UiFixtureMarket;
  /** What the UI saved, for asserting. */
  readonly state: UiFixtureState;
  /** What the host knows of lost and unusable data; a test may change it. */
  readonly quality: UiFixtureQuality;
  readonly stack: UiFixtureStack;
  /** Receipt-to-paint times that the UI reported, ms. */
  readonly paintTimesMs: number[];
  /** From the first tick of a symbol that a frame carries to the frame's acknowledgement: no less than tick to paint, ms. */
  readonly tickToPaintMs: number[];
  /** `beforeMs` of every candle range asked for. */
  readonly candleRequests: (number | null)[];
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
  const state: UiFixtureState = {
    watchlists: options.watchlists ?? [
      { id: 'tech', name: 'Tech', symbols: symbols.slice(0, 40) },
      { id: 'everything', name: 'Everything', symbols },
    ],
    rules: [],
    settings: { ...DEFAULT_SETTINGS, chartSymbol: symbols[0] ?? null, ...options.settings },
    layout: options.layout ?? null,
  };
  const alerts: Alert[] = [];
  const candleRequests: (number | null)[] = [];
  const emit = (event: ServerEvent) => {
    if (event.type === 'alert') alerts.unshift(event.alert);
    for (const listener of listeners) listener(event);
  };
  const statusNow = (): StatusSnapshot => ({ ...fixtureStatus(), tradesPerSecond: ticksPerSecond, ...options.status });
  const quality = { ...emptyQuality(), ...options.quality };
  const healthNow = (): PipelineHealth | null => (options.health === undefined ? fixtureHealth() : options.health);
  const stack = new UiFixtureStack(emit, options.stack);
  const fixed = { market, state, alerts, listeners, options, candleRequests, quality, stack };
  const parts = { ...fixed, statusNow, healthNow, emit };
  const router = fixtureRouter(parts);
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
  const tickToPaintMs: number[] = [];
  const clientMessages: ClientMessage[] = [];
  server.on('upgrade', (request, socket, head) => {
    if (!isReachable) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (request.url === '/ws/requests') void handler.upgrade(client);
      else {
        const desk = new FixtureDesk(client, market, { paintTimesMs, tickToPaintMs, clientMessages });
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
    quality,
    stack,
    paintTimesMs,
    tickToPaintMs,
    candleRequests,
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
  readonly tickToPaintMs: number[];
  readonly clientMessages: ClientMessage[];
}

/** One window's market data: latest per symbol, one frame in flight. */
class FixtureDesk {
  private readonly socket: WebSocket;
  private readonly market: UiFixtureMarket;
  private readonly records: DeskRecords;
  private watch: Extract<ClientMessage, { type: 'watch' }> | null = null;
  private indexes = new Map<string, number>();
  /** When the oldest tick not sent yet came, by symbol. */
  private readonly dirty = new Map<string, number>();
  private inFlightSince: number[] = [];
  private sequence = 0;
  private isInFlight = false;

  constructor(socket: WebSocket, market: UiFixtureMarket, records: DeskRecords) {
    this.socket = socket;
    this.market = market;
    this.records = records;
    socket.on('message', (data: Buffer) => this.receive(JSON.parse(data.toString('utf8')) as ClientMessage));
  }

  changed(symbol: string): void {
    if (this.dirty.has(symbol)) return;
    if (!this.indexes.has(symbol) && this.watch?.charts.some((chart) => chart.symbol === symbol) !== true) return;
    this.dirty.set(symbol, performance.now());
  }

  send(): void {
    const { watch } = this;
    if (watch === null || this.isInFlight || this.dirty.size === 0) return;
    const quotes = [...this.dirty.keys()].flatMap((symbol) => {
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
    this.inFlightSince = [...this.dirty.values()];
    this.dirty.clear();
    this.sequence++;
    this.isInFlight = true;
    const { generation } = watch;
    this.socket.send(encodeFrame({ sequence: this.sequence, generation, rowCount: quotes.length, rows, charts }));
  }

  private receive(message: ClientMessage): void {
    this.records.clientMessages.push(message);
    if (message.type === 'watch') {
      this.watch = message;
      this.indexes = new Map(message.symbols.map((symbol, index) => [symbol, index]));
      for (const symbol of message.symbols) this.dirty.set(symbol, performance.now());
    } else if (message.type === 'acknowledge' && this.isInFlight) {
      this.records.paintTimesMs.push(message.paintMs);
      const nowMs = performance.now();
      for (const sinceMs of this.inFlightSince) this.records.tickToPaintMs.push(nowMs - sinceMs);
      this.isInFlight = false;
      this.send();
    }
  }
}
