import { type Log, type MarketEvent, TapedeckError, type TradingPhase } from '../../market/index.ts';
import { type AlpacaProvider, type MapContext, mapStreamMessage, type WireMessage } from './alpaca-mapper.ts';
import type { EventBuffer } from './event-buffer.ts';

const MAX_REPORTED_TYPES = 100;
const SHOWN_PAYLOAD_LENGTH = 500;

/** From decoded messages to buffered events; what cannot be mapped becomes a notice, and the rest of its frame goes on. */
export class MessageIntake {
  readonly #provider: AlpacaProvider;
  readonly #buffer: EventBuffer;
  readonly #log: Log;
  readonly #phases = new Map<string, { readonly phase: TradingPhase; readonly toldMs: number }>();
  readonly #reportedTypes = new Set<string>();
  #symbols: ReadonlySet<string> = new Set();

  constructor(provider: AlpacaProvider, buffer: EventBuffer, log: Log) {
    this.#provider = provider;
    this.#buffer = buffer;
    this.#log = log;
  }

  /** Others are dropped: what was queued before an unsubscription still arrives after it. */
  setSymbols(symbols: readonly string[]): void {
    this.#symbols = new Set(symbols);
  }

  phaseOf(symbol: string): TradingPhase {
    return this.#phases.get(symbol)?.phase ?? 'trading';
  }

  /** Whether it was told since then: Alpaca does not repeat on a new line that trading has resumed meanwhile. */
  isHalted(symbol: string, sinceMs: number): boolean {
    const known = this.#phases.get(symbol);
    return known?.phase === 'halted' && known.toldMs >= sinceMs;
  }

  take(messages: readonly WireMessage[], receivedMs: number): void {
    const phaseOf = (symbol: string): TradingPhase => this.phaseOf(symbol);
    const context: MapContext = { source: 'live', provider: this.#provider, receivedMs, phaseOf };
    for (const message of messages) {
      let event: MarketEvent | null;
      try {
        event = mapStreamMessage(message, context);
      } catch (cause) {
        this.reject(TapedeckError.from(cause, 'bad-message').message, payloadOf(message));
        continue;
      }
      if (event === null) this.#reportType(message['T']);
      else if (this.#symbols.has(event.symbol)) this.#keep(event);
    }
  }

  reject(reason: string, payload: string): void {
    this.#buffer.notice({ kind: 'bad-message', reason, payload, position: null, origin: 'alpaca' });
  }

  #keep(event: MarketEvent): void {
    if (event.type === 'status') {
      this.#phases.set(event.symbol, { phase: event.phase, toldMs: event.receivedMs });
    }
    this.#buffer.push(event);
  }

  #reportType(type: unknown): void {
    const name = String(type).slice(0, 20);
    if (this.#reportedTypes.has(name) || this.#reportedTypes.size >= MAX_REPORTED_TYPES) return;
    this.#reportedTypes.add(name);
    this.#log.info({ type: name }, 'left out Alpaca messages of a type that is not used');
  }
}

function payloadOf(message: WireMessage): string {
  const asText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
  return JSON.stringify(message, asText).slice(0, SHOWN_PAYLOAD_LENGTH);
}
