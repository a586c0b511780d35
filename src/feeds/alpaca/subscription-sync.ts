import type { SubscriptionRequest } from './alpaca-socket.ts';
import type { WireMessage } from './alpaca-mapper.ts';

/** Longer frames are refused; Alpaca's own client cuts at the same length. */
const MAX_FRAME_BYTES = 32_768;
const FRAME_OVERHEAD_BYTES = 200;

/**
 * Brings one connection's subscriptions to a target, one request at a time because answers do not name theirs.
 * What has to go goes first, so that a full plan has room for what comes.
 */
export class SubscriptionSync {
  #target: ReadonlySet<string> = new Set();
  #subscribed: ReadonlySet<string> = new Set();
  /** Refused on this connection; asking again would be refused again. */
  readonly #refused = new Set<string>();
  #inFlight: SubscriptionRequest | null = null;
  /** Halved while a request holds something that Alpaca cannot parse, until that one is alone. */
  #maxSymbols = Infinity;
  #channels: readonly string[];

  constructor(channels: readonly string[]) {
    this.#channels = channels;
  }

  get subscribedCount(): number {
    return this.#subscribed.size;
  }

  get isSettled(): boolean {
    return this.#inFlight === null && this.#nextRequest() === null;
  }

  setTarget(symbols: readonly string[]): void {
    this.#target = new Set(symbols);
  }

  setChannels(channels: readonly string[]): void {
    this.#channels = channels;
  }

  /** The next request, which counts as sent; null while one is unanswered or when nothing is left to do. */
  take(): SubscriptionRequest | null {
    if (this.#inFlight !== null) return null;
    this.#inFlight = this.#nextRequest();
    return this.#inFlight;
  }

  acknowledge(message: WireMessage): void {
    const request = this.#inFlight;
    this.#inFlight = null;
    this.#maxSymbols *= 2;
    const trades = message['trades'];
    if (Array.isArray(trades)) {
      this.#subscribed = new Set(trades.filter((symbol) => typeof symbol === 'string'));
    } else if (request !== null) {
      // A channel that is not mentioned says nothing: take the request for granted.
      const subscribed = new Set(this.#subscribed);
      for (const symbol of request.symbols) {
        if (request.action === 'subscribe') subscribed.add(symbol);
        else subscribed.delete(symbol);
      }
      this.#subscribed = subscribed;
    }
    if (request?.action !== 'subscribe') return;
    for (const symbol of request.symbols) if (!this.#subscribed.has(symbol)) this.#refused.add(symbol);
  }

  /** The unanswered request was not understood. The symbol at fault, once it is the only one left. */
  refuse(): string | null {
    const symbols = this.#inFlight?.symbols ?? [];
    this.#inFlight = null;
    if (symbols.length > 1) {
      this.#maxSymbols = Math.ceil(symbols.length / 2);
      return null;
    }
    const symbol = symbols[0] ?? null;
    if (symbol !== null) this.#refused.add(symbol);
    return symbol;
  }

  /** The unanswered request would have passed the plan's limit. How many symbols it would have made. */
  abandon(): number {
    const count = this.#subscribed.size + (this.#inFlight?.symbols.length ?? 0);
    this.#inFlight = null;
    return count;
  }

  #nextRequest(): SubscriptionRequest | null {
    const surplus = [...this.#subscribed].filter((symbol) => !this.#target.has(symbol));
    if (surplus.length > 0) return this.#request('unsubscribe', surplus);
    const missing = [...this.#target].filter((symbol) => !this.#subscribed.has(symbol) && !this.#refused.has(symbol));
    return missing.length > 0 ? this.#request('subscribe', missing) : null;
  }

  #request(action: SubscriptionRequest['action'], symbols: readonly string[]): SubscriptionRequest {
    let bytes = FRAME_OVERHEAD_BYTES;
    let count = 0;
    for (const symbol of symbols) {
      // A msgpack text of this length has at most two bytes of head, and stands in each channel.
      bytes += (symbol.length + 2) * this.#channels.length;
      if (count >= this.#maxSymbols || (count > 0 && bytes > MAX_FRAME_BYTES)) break;
      count++;
    }
    return { action, channels: this.#channels, symbols: symbols.slice(0, count) };
  }
}
