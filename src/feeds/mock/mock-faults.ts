import { type MarketEvent, marketEventToJson, TapedeckError } from '../../market/index.ts';
import type { FeedNotice } from '../feed.ts';
import type { MockFault, MockOptions } from './mock-options.ts';
import { hash32, hashText, unitOf } from './seeded-random.ts';
import type { Delivery } from './tape-reader.ts';
import { MINUTE_MS } from './trading-hours.ts';

type EventFault = 'duplicate' | 'late' | 'out-of-order' | 'malformed';
type OutageKind = 'disconnect' | 'silence';

interface Outage {
  readonly kind: OutageKind;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface FaultyDelivery {
  readonly events: readonly MarketEvent[];
  readonly notices: readonly FeedNotice[];
}

const EVENT_TYPES: readonly MarketEvent['type'][] = ['trade', 'quote', 'bar', 'status', 'correction', 'cancel'];
const LATE_MS = { least: 2_000, most: 90_000 };
const DISORDER_MS = { least: 20, most: 600 };

/**
 * Spoils a stream on purpose. Which event meets which fault depends on seed, symbol and time only, so that a spoiled
 * day is the same each time. History and the bars it holds stay clean.
 */
export class MockFaults {
  readonly #rates: MockOptions['faults'];
  readonly #key: number;
  readonly #symbolKeys = new Map<string, number>();
  #outage: Outage | null = null;
  #checkedMinuteMs: number;
  #nextOutages: Outage[] = [];
  #held: Delivery[] = [];

  constructor(options: Pick<MockOptions, 'seed' | 'faults'>, startMs: number) {
    this.#rates = options.faults;
    this.#key = hashText(options.seed, 'faults');
    this.#checkedMinuteMs = Math.ceil(startMs / MINUTE_MS) * MINUTE_MS;
  }

  /** `deliveries` in order of time; the next call goes on at `toMs`. */
  apply(deliveries: readonly Delivery[], toMs: number): FaultyDelivery {
    const events: MarketEvent[] = [];
    const notices: FeedNotice[] = [];
    for (const delivery of deliveries) {
      this.#advance(delivery.atMs, events, notices);
      if (this.#outage === null) this.#deliver(delivery, events, notices);
    }
    this.#advance(toMs, events, notices);
    return { events, notices };
  }

  #advance(nowMs: number, events: MarketEvent[], notices: FeedNotice[]): void {
    this.#findOutages(nowMs);
    while (this.#outage !== null ? this.#outage.toMs <= nowMs : (this.#nextOutages[0]?.fromMs ?? Infinity) <= nowMs) {
      if (this.#outage !== null) {
        notices.push(...noticesAfter(this.#outage));
        this.#outage = null;
        continue;
      }
      this.#outage = this.#nextOutages.shift() ?? null;
      if (this.#outage?.kind === 'disconnect') notices.push(lostConnection());
    }
    const due = this.#held.filter((held) => held.atMs <= nowMs);
    if (due.length === 0) return;
    this.#held = this.#held.filter((held) => held.atMs > nowMs);
    if (this.#outage !== null) return;
    for (const { event, atMs } of due.sort((a, b) => a.atMs - b.atMs)) {
      events.push({ ...event, receivedMs: Math.floor(atMs) });
    }
  }

  #deliver(delivery: Delivery, events: MarketEvent[], notices: FeedNotice[]): void {
    const { event, atMs } = delivery;
    const bits = this.#bitsOf(event);
    if (this.#strikes('malformed', bits)) {
      notices.push(malformed(event, bits));
    } else if (event.type === 'trade' && this.#strikes('late', bits)) {
      this.#held.push({ event, atMs: atMs + between(LATE_MS, bits) });
    } else if (this.#strikes('out-of-order', bits)) {
      this.#held.push({ event, atMs: atMs + between(DISORDER_MS, bits) });
    } else {
      events.push(event);
      if (this.#strikes('duplicate', bits)) this.#held.push({ event, atMs: atMs + between(DISORDER_MS, bits) });
    }
  }

  #strikes(fault: EventFault, bits: number): boolean {
    const rate = this.#rates[fault];
    return rate !== undefined && unitOf(hash32(this.#key, bits, hashText(0, fault))) < rate;
  }

  #bitsOf(event: MarketEvent): number {
    let symbolKey = this.#symbolKeys.get(event.symbol);
    if (symbolKey === undefined) {
      symbolKey = hashText(this.#key, event.symbol);
      this.#symbolKeys.set(event.symbol, symbolKey);
    }
    return hash32(symbolKey + EVENT_TYPES.indexOf(event.type), event.timeMs % 0x7fff_ffff, event.nanosOfMs);
  }

  #findOutages(nowMs: number): void {
    for (; this.#checkedMinuteMs <= nowMs; this.#checkedMinuteMs += MINUTE_MS) {
      for (const kind of ['disconnect', 'silence'] as const) {
        const outage = this.#outageOf(kind, this.#checkedMinuteMs);
        if (outage !== null) this.#nextOutages.push(outage);
      }
      this.#nextOutages.sort((a, b) => a.fromMs - b.fromMs);
    }
  }

  #outageOf(kind: OutageKind, minuteMs: number): Outage | null {
    const rate: number = this.#rates[kind satisfies MockFault] ?? 0;
    const bits = hash32(this.#key, minuteMs / MINUTE_MS, hashText(0, kind));
    if (unitOf(bits) >= rate) return null;
    const draw = unitOf(hash32(bits, 1, 0));
    const fromMs = minuteMs + 5_000 + 20_000 * draw;
    return { kind, fromMs, toMs: fromMs + (kind === 'disconnect' ? 3_000 + 12_000 * draw : 15_000 + 15_000 * draw) };
  }
}

function between(range: { readonly least: number; readonly most: number }, bits: number): number {
  return range.least + (range.most - range.least) * unitOf(hash32(bits, 2, 0));
}

/** What a stream that broke off would leave: the event's own text, cut or with a field spoiled. */
function malformed(event: MarketEvent, bits: number): FeedNotice {
  const text = marketEventToJson(event);
  const isCut = bits % 2 === 0;
  return {
    kind: 'bad-message',
    reason: isCut ? 'the message ends in the middle' : 'time: expected an RFC 3339 time, got "yesterday"',
    payload: isCut ? text.slice(0, Math.floor(text.length / 2)) : text.replace(/"time":"[^"]*"/, '"time":"yesterday"'),
    position: null,
    origin: 'stream',
  };
}

function lostConnection(): FeedNotice {
  const error = new TapedeckError('connection-lost', 'the mock market dropped the connection', { retryable: true });
  return { kind: 'state', state: 'reconnecting', detail: error.userMessage, error };
}

function noticesAfter(outage: Outage): readonly FeedNotice[] {
  const gap: FeedNotice = {
    kind: 'gap',
    reason: outage.kind,
    symbol: null,
    fromMs: Math.floor(outage.fromMs),
    toMs: Math.ceil(outage.toMs),
    lostCount: null,
  };
  if (outage.kind === 'silence') return [gap];
  return [gap, { kind: 'state', state: 'live', detail: 'connected to the mock market again', error: null }];
}
