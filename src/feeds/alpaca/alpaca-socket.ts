import { streaming } from '@alpacahq/alpaca-trade-api';
import { WebSocket } from 'ws';
import { readText } from '../../market/index.ts';
import type { WireMessage } from './alpaca-mapper.ts';

export interface SocketOptions {
  readonly keyId: string;
  readonly secret: string;
  /** Full address, path included. */
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pongWaitMs: number;
}

export interface SocketListener {
  onAuthenticated(): void;
  /** The complete state of the subscriptions. */
  onSubscription(message: WireMessage): void;
  onError(code: number, message: string): void;
  /** Everything else of one frame, in order. */
  onData(messages: readonly WireMessage[]): void;
  onMalformed(reason: string, payload: string): void;
  /** Last call. `upgradeStatus` is the HTTP status where the upgrade was refused. */
  onClose(upgradeStatus: number | null, detail: string): void;
}

export interface SubscriptionRequest {
  readonly action: 'subscribe' | 'unsubscribe';
  readonly channels: readonly string[];
  readonly symbols: readonly string[];
}

/** A close handshake that the server does not answer must not hold the program. */
const CLOSE_WAIT_MS = 500;
const SHOWN_PAYLOAD_BYTES = 500;

/**
 * One connection through Alpaca's SDK: it opens, authenticates, pings and decodes. Its reconnecting is off, because it takes
 * an accepted key for a healthy line, and data does not go through its callbacks: they drop error codes, give up a whole
 * frame for one bad message, and format every time as text that would have to be parsed again.
 */
export class AlpacaSocket extends streaming.StockDataStream {
  readonly #listener: SocketListener;
  readonly #transport: { socket: WebSocket | null; lastFrame: Buffer | null };

  constructor(options: SocketOptions, listener: SocketListener) {
    const transport: { socket: WebSocket | null; lastFrame: Buffer | null } = { socket: null, lastFrame: null };
    super({
      credentials: { keyId: options.keyId, secret: options.secret },
      url: options.url,
      reconnect: false,
      pingIntervalMs: options.pingIntervalMs,
      pongWaitMs: options.pongWaitMs,
      wsFactory: (url) => {
        const socket = new WebSocket(url, {
          perMessageDeflate: false,
          handshakeTimeout: options.connectTimeoutMs,
          headers: { 'Content-Type': 'application/msgpack' },
        });
        transport.socket = socket;
        socket.on('message', (data: Buffer) => {
          transport.lastFrame = data;
        });
        reportClose(socket, listener);
        return socket;
      },
    });
    this.#listener = listener;
    this.#transport = transport;
    this.onError((message) => this.#onSdkError(message));
  }

  request(request: SubscriptionRequest): void {
    const channels = Object.fromEntries(request.channels.map((channel) => [channel, request.symbols]));
    this.send({ action: request.action, ...channels });
  }

  /** Closes properly, so that Alpaca frees the account's one place at once; cuts the line if that is not answered. */
  async close(): Promise<void> {
    const socket = this.#transport.socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.terminate(), CLOSE_WAIT_MS);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.disconnect();
    });
  }

  /** Subscriptions are requested by the session: in pieces, and one at a time. */
  protected override resubscribe(): void {}

  protected override handleMessage(message: unknown): void {
    if (!Array.isArray(message)) {
      this.#listener.onMalformed('expected a list of messages', this.#shownFrame());
      return;
    }
    const data: WireMessage[] = [];
    for (const value of message as readonly unknown[]) {
      if (!isMessage(value)) this.#listener.onMalformed('expected an object with a text T', shown(value));
      else if (value['T'] === 'success') this.#onSuccess(value);
      else if (value['T'] === 'subscription') this.#listener.onSubscription(value);
      else if (value['T'] === 'error') this.#listener.onError(Number(value['code'] ?? 0), readText(value, 'msg', ''));
      else data.push(value);
    }
    if (data.length > 0) this.#listener.onData(data);
  }

  #onSuccess(message: WireMessage): void {
    if (message['msg'] !== 'authenticated') return;
    this.onAuthenticated();
    this.#listener.onAuthenticated();
  }

  #onSdkError(message: string): void {
    // Trouble with the line itself ends in `close`; what remains is a frame that could not be decoded.
    if (message.startsWith('failed to ')) this.#listener.onMalformed(message, this.#shownFrame());
  }

  #shownFrame(): string {
    const frame = this.#transport.lastFrame;
    if (frame === null) return '';
    const start = frame.subarray(0, SHOWN_PAYLOAD_BYTES);
    const isText = start.every((byte) => (byte >= 32 && byte < 127) || byte === 10 || byte === 13 || byte === 9);
    return isText ? start.toString('latin1') : start.toString('hex');
  }
}

function reportClose(socket: WebSocket, listener: SocketListener): void {
  let upgradeStatus: number | null = null;
  let failure = '';
  socket.on('unexpected-response', (request, response) => {
    upgradeStatus = response.statusCode ?? 0;
    response.resume();
    request.destroy();
    socket.terminate();
  });
  socket.on('error', (error: Error) => {
    failure = error.message;
  });
  socket.on('close', (code: number, reason: Buffer) => {
    const detail =
      failure === '' ? `closed with code ${code} ${reason.toString('utf8').slice(0, 100)}`.trim() : failure;
    listener.onClose(upgradeStatus, detail);
  });
}

function isMessage(value: unknown): value is WireMessage {
  return typeof value === 'object' && value !== null && 'T' in value && typeof value.T === 'string';
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  );
  return (text ?? typeof value).slice(0, SHOWN_PAYLOAD_BYTES);
}
