import type { Clock, TapedeckError } from '../../market/index.ts';
import { connectionLost, type FailureAction, streamFailure, upgradeFailure } from './alpaca-failure.ts';
import type { WireMessage } from './alpaca-mapper.ts';
import { AlpacaSocket, type SocketListener, type SocketOptions } from './alpaca-socket.ts';
import { SubscriptionSync } from './subscription-sync.ts';

export interface SessionEvents {
  /** Authenticated, and every wanted symbol subscribed; once. */
  onLive(): void;
  onData(messages: readonly WireMessage[]): void;
  onMalformed(reason: string, payload: string): void;
  /** The plan allows fewer symbols than the last request would have made; the answer is a smaller target. */
  onTooManySymbols(requestedCount: number): void;
  /** Alpaca could not parse this symbol. */
  onSymbolRefused(symbol: string): void;
}

export interface SessionOptions {
  readonly socket: SocketOptions;
  readonly dataFeed: string;
  readonly symbols: readonly string[];
  readonly answerTimeoutMs: number;
  readonly silenceMs: number;
  /** The market is closed, everything is halted, or nothing is subscribed. */
  isSilenceNormal(): boolean;
  readonly clock: Clock;
  readonly events: SessionEvents;
}

export interface SessionEnd {
  readonly action: Extract<FailureAction, 'reconnect' | 'reconnect-once' | 'stop'>;
  readonly reason: 'disconnect' | 'silence';
  readonly error: TapedeckError;
}

const ALL_CHANNELS = ['trades', 'quotes', 'bars', 'updatedBars', 'statuses'] as const;
const BASIC_CHANNELS = ['trades', 'quotes', 'bars'] as const;

/** One connection from its opening to its end: authentication, subscriptions, and a watch for a line that has gone silent. */
export class AlpacaSession implements SocketListener {
  /** Resolves when the connection is closed; never rejects. */
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionOptions;
  readonly #socket: AlpacaSocket;
  readonly #sync: SubscriptionSync;
  readonly #watch: NodeJS.Timeout;
  #resolveEnded: (end: SessionEnd) => void = () => undefined;
  #answerTimer: NodeJS.Timeout | null = null;
  #isEnded = false;
  #isAuthenticated = false;
  #isLive = false;
  #hasAllChannels: boolean;
  #lastDataMs: number;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#hasAllChannels = options.dataFeed !== 'test';
    this.#sync = new SubscriptionSync(this.#hasAllChannels ? ALL_CHANNELS : BASIC_CHANNELS);
    this.#sync.setTarget(options.symbols);
    this.#lastDataMs = options.clock.now();
    this.#socket = new AlpacaSocket(options.socket, this);
    this.#expectAnswer('authentication', options.socket.connectTimeoutMs + options.answerTimeoutMs);
    this.#watch = setInterval(() => this.#lookForSilence(), Math.max(10, options.silenceMs / 4));
    this.#socket.connect();
  }

  setTarget(symbols: readonly string[]): void {
    this.#sync.setTarget(symbols);
    this.#advance();
  }

  async close(): Promise<void> {
    this.#end({ action: 'stop', reason: 'disconnect', error: connectionLost('closed by us') });
    await this.ended;
  }

  onAuthenticated(): void {
    this.#isAuthenticated = true;
    this.#clearAnswer();
    this.#advance();
  }

  onSubscription(message: WireMessage): void {
    this.#clearAnswer();
    this.#sync.acknowledge(message);
    this.#advance();
  }

  onData(messages: readonly WireMessage[]): void {
    if (this.#isEnded) return;
    this.#lastDataMs = this.#options.clock.now();
    this.#options.events.onData(messages);
  }

  onMalformed(reason: string, payload: string): void {
    if (!this.#isEnded) this.#options.events.onMalformed(reason, payload);
  }

  onError(code: number, message: string): void {
    if (this.#isEnded) return;
    const { action, error } = streamFailure(code, message, this.#options.dataFeed);
    if (action === 'ignore') return;
    // Before the switch: what it leads to may send the next request, which waits for an answer of its own.
    this.#clearAnswer();
    switch (action) {
      case 'refused-symbols': {
        const symbol = this.#sync.refuse();
        if (symbol !== null) this.#options.events.onSymbolRefused(symbol);
        break;
      }
      case 'too-many-symbols':
        this.#options.events.onTooManySymbols(this.#sync.abandon());
        break;
      case 'refused-channel':
        if (!this.#hasAllChannels) return this.#end({ action: 'stop', reason: 'disconnect', error });
        this.#hasAllChannels = false;
        this.#sync.abandon();
        this.#sync.setChannels(BASIC_CHANNELS);
        break;
      default:
        return this.#end({ action, reason: 'disconnect', error });
    }
    this.#advance();
  }

  onClose(upgradeStatus: number | null, detail: string): void {
    if (upgradeStatus === null) {
      this.#end({ action: 'reconnect', reason: 'disconnect', error: connectionLost(detail) });
      return;
    }
    const { action, error } = upgradeFailure(upgradeStatus);
    this.#end({ action: action === 'stop' ? 'stop' : 'reconnect', reason: 'disconnect', error });
  }

  #advance(): void {
    if (this.#isEnded || !this.#isAuthenticated) return;
    const request = this.#sync.take();
    if (request !== null) {
      this.#socket.request(request);
      this.#expectAnswer(request.action, this.#options.answerTimeoutMs);
    } else if (!this.#isLive && this.#sync.isSettled) {
      this.#isLive = true;
      this.#lastDataMs = this.#options.clock.now();
      this.#options.events.onLive();
    }
  }

  #expectAnswer(to: string, withinMs: number): void {
    this.#clearAnswer();
    this.#answerTimer = setTimeout(() => {
      const error = connectionLost(`no answer to ${to} within ${withinMs} ms`);
      this.#end({ action: 'reconnect', reason: 'disconnect', error });
    }, withinMs);
  }

  #clearAnswer(): void {
    if (this.#answerTimer !== null) clearTimeout(this.#answerTimer);
    this.#answerTimer = null;
  }

  /** A session that Alpaca has forgotten still answers pings. */
  #lookForSilence(): void {
    const nowMs = this.#options.clock.now();
    if (!this.#isLive || this.#options.isSilenceNormal()) {
      this.#lastDataMs = nowMs;
      return;
    }
    const silentMs = nowMs - this.#lastDataMs;
    if (silentMs < this.#options.silenceMs) return;
    const error = connectionLost(`the line is open but nothing has arrived for ${Math.round(silentMs / 1000)} s`);
    this.#end({ action: 'reconnect', reason: 'silence', error });
  }

  #end(end: SessionEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#watch);
    this.#clearAnswer();
    void this.#socket.close().then(() => this.#resolveEnded(end));
  }
}
