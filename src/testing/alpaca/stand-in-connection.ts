import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import {
  CHANNEL_OF_TYPE,
  decodeFrame,
  encodeFrame,
  STREAM_ERRORS,
  type StandInMessage,
  type WireFormat,
} from './stand-in-wire.ts';

export interface StandInAccount {
  readonly keyId: string;
  readonly secret: string;
  /** Stream feeds of the plan: `iex`, `sip`, `delayed_sip`, `test`. */
  readonly feeds: readonly string[];
  /** Distinct symbols over all channels; null without a limit. */
  readonly symbolLimit: number | null;
  readonly connectionsPerPath: number;
  readonly requestsPerMinute: number;
}

/** What the connection needs to know of its server. */
export interface ConnectionHost {
  readonly authTimeoutMs: number;
  /** After 402, 404, 406 and 407 the server closes; null: it leaves that to the client. */
  readonly closeAfterErrorMs: number | null;
  account(keyId: string, secret: string): StandInAccount | null;
  /** False when the account has no place left on this path. */
  takePlace(account: StandInAccount, connection: StandInConnection): boolean;
  logFrame(connection: StandInConnection, value: unknown, bytes: number): void;
  onSubscribed(connection: StandInConnection): void;
}

type FrameFields = Readonly<Record<string, unknown>>;

const STOCK_CHANNELS = ['trades', 'quotes', 'bars', 'updatedBars', 'dailyBars', 'statuses', 'lulds', 'imbalances'];
const TEST_CHANNELS = ['trades', 'quotes', 'bars'];
const OTHER_CHANNELS = new Set(['orderbooks', 'news']);
const MAX_FRAME_BYTES = 32_768;
const SYMBOL = /^(\*|[A-Z][A-Z0-9]{0,9}([./-][A-Z0-9]{1,5})?)$/;

/** The server's end of one stream, with a switch for everything that can go wrong on it. */
export class StandInConnection {
  /** Swallows data; control messages and pongs go on. */
  isSilent = false;
  answersPings = true;
  /** Frames of the client are read but never answered. */
  answersRequests = true;
  readonly path: string;
  readonly format: WireFormat;
  account: StandInAccount | null = null;
  readonly #socket: WebSocket;
  readonly #wire: Socket;
  readonly #host: ConnectionHost;
  readonly #subscriptions = new Map<string, Set<string>>();
  readonly #authTimer: NodeJS.Timeout;
  #closeTimer: NodeJS.Timeout | null = null;

  constructor(socket: WebSocket, wire: Socket, path: string, format: WireFormat, host: ConnectionHost) {
    this.#socket = socket;
    this.#wire = wire;
    this.#host = host;
    this.path = path;
    this.format = format;
    for (const channel of this.#channels) this.#subscriptions.set(channel, new Set());
    this.#authTimer = setTimeout(() => this.fail(404), host.authTimeoutMs);
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on('ping', (data: Buffer) => {
      if (this.answersPings) socket.pong(data);
    });
    socket.on('close', () => {
      clearTimeout(this.#authTimer);
      if (this.#closeTimer !== null) clearTimeout(this.#closeTimer);
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get isAuthenticated(): boolean {
    return this.account !== null;
  }

  /** Symbols by channel. */
  get subscriptions(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#subscriptions;
  }

  greet(): void {
    this.#control({ T: 'success', msg: 'connected' });
  }

  /** By message or by the headers of the upgrade. */
  authenticate(keyId: string, secret: string): void {
    if (this.account !== null) return this.fail(403);
    const account = this.#host.account(keyId, secret);
    if (account === null) return this.fail(402);
    if (!account.feeds.includes(this.path.slice('/v2/'.length))) return this.fail(409);
    if (!this.#host.takePlace(account, this)) return this.fail(406);
    clearTimeout(this.#authTimer);
    this.account = account;
    this.#control({ T: 'success', msg: 'authenticated' });
  }

  /** One frame, as it is, to whom it may concern: subscriptions are not looked at. */
  send(messages: readonly StandInMessage[]): void {
    if (!this.isSilent && this.isOpen) this.#socket.send(encodeFrame(messages, this.format));
  }

  /** What of these the connection has subscribed to, in one frame. */
  deliver(messages: readonly StandInMessage[]): void {
    const wanted = messages.filter((message) => this.#isSubscribed(message));
    if (wanted.length > 0) this.send(wanted);
  }

  /** Any bytes; text goes out as a text frame. */
  sendRaw(data: string | Uint8Array): void {
    if (this.isOpen) this.#socket.send(data);
  }

  /** Sends an error and, where Alpaca gives up on the connection, closes it a little later. */
  fail(code: number, message = STREAM_ERRORS[code] ?? 'unknown error'): void {
    this.#control({ T: 'error', code, msg: message });
    const { closeAfterErrorMs } = this.#host;
    if (closeAfterErrorMs === null || ![402, 404, 406, 407, 409].includes(code)) return;
    this.#closeTimer = setTimeout(() => this.close(), closeAfterErrorMs);
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  /** The line is gone, without a close frame. */
  drop(): void {
    this.#wire.destroy();
  }

  get #channels(): readonly string[] {
    return this.path === '/v2/test' ? TEST_CHANNELS : STOCK_CHANNELS;
  }

  #control(message: StandInMessage): void {
    if (this.isOpen) this.#socket.send(encodeFrame([message], this.format));
  }

  #isSubscribed(message: StandInMessage): boolean {
    const symbols = this.#subscriptions.get(CHANNEL_OF_TYPE[message.T] ?? '');
    return symbols !== undefined && (symbols.has('*') || symbols.has(String(message['S'])));
  }

  #receive(data: Buffer, isBinary: boolean): void {
    let frame: FrameFields;
    try {
      const value = decodeFrame(data, isBinary);
      this.#host.logFrame(this, value, data.length);
      if (typeof value !== 'object' || value === null) throw new Error('not an object');
      frame = value as FrameFields;
    } catch {
      return this.fail(400);
    }
    if (!this.answersRequests) return;
    if (data.length > MAX_FRAME_BYTES) return this.fail(400);
    switch (frame['action']) {
      case 'auth':
        return this.authenticate(String(frame['key']), String(frame['secret']));
      case 'subscribe':
      case 'unsubscribe':
        return this.account === null ? this.fail(401) : this.#change(frame['action'], frame, this.account);
      default:
        return this.fail(400);
    }
  }

  #change(action: 'subscribe' | 'unsubscribe', frame: FrameFields, account: StandInAccount): void {
    const next = new Map([...this.#subscriptions].map(([channel, symbols]) => [channel, new Set(symbols)]));
    for (const [channel, symbols] of Object.entries(frame)) {
      if (channel === 'action') continue;
      const current = next.get(channel);
      if (current === undefined) {
        return this.fail(OTHER_CHANNELS.has(channel) || STOCK_CHANNELS.includes(channel) ? 410 : 400);
      }
      if (!Array.isArray(symbols) || !symbols.every((symbol) => this.#isAccepted(symbol))) return this.fail(400);
      for (const symbol of symbols as readonly string[]) {
        if (action === 'subscribe') current.add(symbol);
        else current.delete(symbol);
      }
    }
    const distinct = new Set([...next.values()].flatMap((symbols) => [...symbols]));
    if (account.symbolLimit !== null && distinct.size > account.symbolLimit) return this.fail(405);
    for (const [channel, symbols] of next) this.#subscriptions.set(channel, symbols);
    this.#acknowledge();
    if (action === 'subscribe') this.#host.onSubscribed(this);
  }

  #isAccepted(symbol: unknown): boolean {
    if (typeof symbol !== 'string' || !SYMBOL.test(symbol)) return false;
    return this.path !== '/v2/test' || symbol === 'FAKEPACA';
  }

  #acknowledge(): void {
    const state: Record<string, readonly string[]> = {};
    for (const [channel, symbols] of this.#subscriptions) state[channel] = [...symbols];
    if (this.path !== '/v2/test') {
      state['corrections'] = state['trades'] ?? [];
      state['cancelErrors'] = state['trades'] ?? [];
    }
    this.#control({ T: 'subscription', ...state });
  }
}
