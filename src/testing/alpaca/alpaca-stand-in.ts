import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../market/index.ts';
import { type ConnectionHost, type StandInAccount, StandInConnection } from './stand-in-connection.ts';
import { DEFAULT_ASSETS, type StandInAsset, StandInMarket } from './stand-in-market.ts';
import { answerRest } from './stand-in-rest.ts';
import { jsonOf, type StandInMessage } from './stand-in-wire.ts';

export type { StandInAccount, StandInConnection } from './stand-in-connection.ts';
export type { StandInAsset } from './stand-in-market.ts';
export type { StandInMessage } from './stand-in-wire.ts';

/** A free plan: IEX and the test feed, 30 symbols, one connection per path, 200 requests a minute. */
export const FREE_ACCOUNT: StandInAccount = {
  keyId: 'PKSTANDIN',
  secret: 'stand-in-secret',
  feeds: ['iex', 'test', 'delayed_sip'],
  symbolLimit: 30,
  connectionsPerPath: 1,
  requestsPerMinute: 200,
};

/** A paid plan: consolidated data, no symbol limit. */
export const PAID_ACCOUNT: StandInAccount = {
  ...FREE_ACCOUNT,
  keyId: 'AKSTANDIN',
  feeds: ['iex', 'sip', 'delayed_sip', 'test'],
  symbolLimit: null,
  requestsPerMinute: 10_000,
};

/** Happens to the n-th connection (from 0) this long after its first subscription. */
type ScriptStep = { readonly connection: number; readonly afterMs: number } & (
  | { readonly action: 'send' | 'deliver'; readonly messages: readonly StandInMessage[] }
  | { readonly action: 'raw'; readonly data: string | Uint8Array }
  | { readonly action: 'error'; readonly code: number }
  | { readonly action: 'silence' | 'drop' | 'close' }
);

/** An answer given in place of the real one. */
interface RestFault {
  /** Start of the path. */
  readonly path: string;
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How often; default once. */
  readonly times?: number;
}

export interface AlpacaStandInOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default `FREE_ACCOUNT` and `PAID_ACCOUNT`. */
  readonly accounts?: readonly StandInAccount[];
  readonly assets?: readonly StandInAsset[];
  readonly seed?: number;
  /** What time it is at Alpaca. */
  readonly clock?: Clock;
  /** Alpaca waits 10 seconds. */
  readonly authTimeoutMs?: number;
  /** How long a connection that broke off keeps its place. Alpaca: about 90 seconds; default 0. */
  readonly slotHoldMs?: number;
  /** Null: the client has to close after an error. Default 100. */
  readonly closeAfterErrorMs?: number | null;
  /** Prints and quotes a second for each subscribed symbol, and a bar each minute. Default 0: only what is sent by hand. */
  readonly ticksPerSecond?: number;
  readonly maxPageRows?: number;
  readonly isEmptyNull?: boolean;
  readonly script?: readonly ScriptStep[];
}

interface LoggedRequest {
  readonly kind: 'http' | 'upgrade' | 'frame';
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Status of an HTTP answer or a refused upgrade; 101 for an accepted one; 0 for a frame. */
  readonly status: number;
  /** A client's frame, decoded. */
  readonly frame: unknown;
  readonly bytes: number;
}

export interface AlpacaStandIn {
  readonly streamUrl: string;
  readonly dataUrl: string;
  readonly tradingUrl: string;
  readonly market: StandInMarket;
  readonly requests: readonly LoggedRequest[];
  /** All there have been, oldest first. */
  readonly connections: readonly StandInConnection[];
  /** To every authenticated connection, what it has subscribed to. */
  deliver(messages: readonly StandInMessage[]): void;
  /** The next upgrades get these HTTP statuses. */
  refuseUpgrades(...statuses: readonly number[]): void;
  failRest(fault: RestFault): void;
  close(): Promise<void>;
}

const STREAM_PATHS = new Set(['/v2/iex', '/v2/sip', '/v2/delayed_sip', '/v2/test']);

/** An Alpaca on this machine: stream, market data and trading hosts on one port of 127.0.0.1. */
export async function startAlpacaStandIn(options: AlpacaStandInOptions = {}): Promise<AlpacaStandIn> {
  const standIn = new StandInServer(options);
  await standIn.listen(options.port ?? 0);
  return standIn;
}

class StandInServer implements AlpacaStandIn, ConnectionHost {
  readonly market: StandInMarket;
  readonly requests: LoggedRequest[] = [];
  readonly connections: StandInConnection[] = [];
  readonly authTimeoutMs: number;
  readonly closeAfterErrorMs: number | null;
  readonly #options: AlpacaStandInOptions;
  readonly #clock: Clock;
  readonly #accounts: readonly StandInAccount[];
  readonly #server: Server;
  readonly #streams = new WebSocketServer({ noServer: true, autoPong: false });
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Connections and the ghosts of broken ones, by account and path. */
  readonly #places = new Map<string, Set<StandInConnection>>();
  readonly #windows = new Map<string, { untilMs: number; count: number }>();
  /** Connections whose script has begun. */
  readonly #scripted = new Set<StandInConnection>();
  readonly #refusals: number[] = [];
  #faults: { readonly fault: RestFault; left: number }[] = [];
  #ticker: NodeJS.Timeout | null = null;
  #tickedMs = 0;

  constructor(options: AlpacaStandInOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#accounts = options.accounts ?? [FREE_ACCOUNT, PAID_ACCOUNT];
    this.market = new StandInMarket(options.seed ?? 1, options.assets ?? DEFAULT_ASSETS);
    this.authTimeoutMs = options.authTimeoutMs ?? 10_000;
    this.closeAfterErrorMs = options.closeAfterErrorMs === undefined ? 100 : options.closeAfterErrorMs;
    this.#server = createServer((request, response) => this.#onRequest(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket as Socket, head));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get streamUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get dataUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get tradingUrl(): string {
    return this.dataUrl;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const ticksPerSecond = this.#options.ticksPerSecond ?? 0;
    if (ticksPerSecond > 0) this.#ticker = setInterval(() => this.#tick(), 1000 / ticksPerSecond);
  }

  deliver(messages: readonly StandInMessage[]): void {
    for (const connection of this.connections) if (connection.isAuthenticated) connection.deliver(messages);
  }

  refuseUpgrades(...statuses: readonly number[]): void {
    this.#refusals.push(...statuses);
  }

  failRest(fault: RestFault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  async close(): Promise<void> {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#streams.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  account(keyId: string, secret: string): StandInAccount | null {
    return this.#accounts.find((account) => account.keyId === keyId && account.secret === secret) ?? null;
  }

  takePlace(account: StandInAccount, connection: StandInConnection): boolean {
    const places = this.#placesOf(account, connection.path);
    if (places.size >= account.connectionsPerPath) return false;
    places.add(connection);
    return true;
  }

  logFrame(connection: StandInConnection, frame: unknown, bytes: number): void {
    this.#log({ kind: 'frame', path: connection.path, status: 0, frame, bytes });
  }

  onSubscribed(connection: StandInConnection): void {
    if (this.#scripted.has(connection)) return;
    this.#scripted.add(connection);
    const index = this.connections.indexOf(connection);
    for (const step of this.#options.script ?? []) {
      if (step.connection === index) this.#after(step.afterMs, () => play(step, connection));
    }
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #placesOf(account: StandInAccount, path: string): Set<StandInConnection> {
    const key = `${account.keyId} ${path}`;
    const places = this.#places.get(key) ?? new Set();
    this.#places.set(key, places);
    return places;
  }

  #after(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  #log(entry: Pick<LoggedRequest, 'kind' | 'path' | 'status'> & Partial<LoggedRequest>): void {
    this.requests.push({ query: new URLSearchParams(), headers: {}, frame: null, bytes: 0, ...entry });
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://stand-in');
    const status = this.#refusals.shift() ?? (STREAM_PATHS.has(path) ? 101 : 404);
    this.#log({ kind: 'upgrade', path, query, status, headers: request.headers });
    if (status !== 101) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#streams.handleUpgrade(request, socket, head, (stream) => {
      const format = String(request.headers['content-type']).includes('msgpack') ? 'msgpack' : 'json';
      const connection = new StandInConnection(stream, socket, path, format, this);
      this.connections.push(connection);
      stream.on('error', () => socket.destroy());
      stream.on('close', (code: number) => this.#onStreamClose(connection, code));
      connection.greet();
      const credentials = credentialsOf(request);
      if (credentials !== null) connection.authenticate(credentials.keyId, credentials.secret);
    });
  }

  /** A connection that broke off keeps its place for a while. */
  #onStreamClose(connection: StandInConnection, code: number): void {
    const { account } = connection;
    if (account === null) return;
    const free = (): void => void this.#placesOf(account, connection.path).delete(connection);
    const holdMs = this.#options.slotHoldMs ?? 0;
    if (code === 1006 && holdMs > 0) this.#after(holdMs, free);
    else free();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://stand-in');
    const answer = this.#answer(path, query, request);
    this.#log({ kind: 'http', path, query, status: answer.status, headers: request.headers });
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : jsonOf(answer.body ?? {}));
  }

  #answer(path: string, query: URLSearchParams, request: IncomingMessage): RestFault {
    const planned = this.#faults.find(({ fault }) => path.startsWith(fault.path));
    if (planned !== undefined) {
      planned.left--;
      this.#faults = this.#faults.filter(({ left }) => left > 0);
      return planned.fault;
    }
    const credentials = credentialsOf(request);
    if (credentials === null)
      return { path, status: 401, body: { code: 40110000, message: 'request is not authorized' } };
    const account = this.account(credentials.keyId, credentials.secret);
    if (account === null) return { path, status: 403, body: { message: 'forbidden.' } };
    const headers = this.#count(account, path);
    if (Number(headers['X-RateLimit-Remaining']) < 0) {
      const body = { code: 42910000, message: 'too many requests' };
      return { path, status: 429, body, headers: { ...headers, 'X-RateLimit-Remaining': '0' } };
    }
    const { maxPageRows = 10_000, isEmptyNull = false } = this.#options;
    const answer = answerRest(
      { path, query, account, nowMs: this.#clock.now() },
      { market: this.market, maxPageRows, isEmptyNull },
    );
    return { path, status: 404, body: { message: 'endpoint not found.' }, ...answer, headers };
  }

  /** One window of a minute for the data host and one for the trading host. */
  #count(account: StandInAccount, path: string): Record<string, string> {
    const host = path.startsWith('/v2/stocks') ? 'data' : 'trading';
    const nowMs = this.#clock.now();
    const key = `${account.keyId} ${host}`;
    let window = this.#windows.get(key);
    if (window === undefined || nowMs >= window.untilMs) window = { untilMs: nowMs + 60_000, count: 0 };
    window.count++;
    this.#windows.set(key, window);
    return {
      'X-RateLimit-Limit': String(account.requestsPerMinute),
      'X-RateLimit-Remaining': String(account.requestsPerMinute - window.count),
      'X-RateLimit-Reset': String(Math.ceil(window.untilMs / 1000)),
      'X-Request-ID': `stand-in-${this.requests.length}`,
    };
  }

  #tick(): void {
    const nowMs = this.#clock.now();
    const minuteMs = Math.floor(nowMs / 60_000) * 60_000;
    const isNewMinute = this.#tickedMs !== 0 && this.#tickedMs < minuteMs;
    this.#tickedMs = nowMs;
    const symbols = new Set(
      this.connections.flatMap(({ isOpen, subscriptions }) => (isOpen ? [...(subscriptions.get('trades') ?? [])] : [])),
    );
    for (const symbol of symbols) {
      const bar = isNewMinute ? this.market.minuteBar(symbol, minuteMs - 60_000) : null;
      if (bar !== null) this.deliver([{ T: 'b', S: symbol, ...bar }]);
      if (this.market.hasData(symbol)) this.deliver(this.market.liveMessages(symbol, nowMs));
    }
  }
}

function play(step: ScriptStep, connection: StandInConnection): void {
  switch (step.action) {
    case 'send':
      return connection.send(step.messages);
    case 'deliver':
      return connection.deliver(step.messages);
    case 'raw':
      return connection.sendRaw(step.data);
    case 'error':
      return connection.fail(step.code);
    case 'silence':
      connection.isSilent = true;
      return;
    case 'drop':
      return connection.drop();
    case 'close':
      return connection.close();
  }
}

function credentialsOf(request: IncomingMessage): { readonly keyId: string; readonly secret: string } | null {
  const keyId = request.headers['apca-api-key-id'];
  const secret = request.headers['apca-api-secret-key'];
  if (typeof keyId === 'string' && typeof secret === 'string') return { keyId, secret };
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return null;
  const [name = '', password = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { keyId: name, secret: password };
}
