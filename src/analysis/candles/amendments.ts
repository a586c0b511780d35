import { type TradeCancel, type TradeCorrection, compareTradeTime } from '../../market/index.ts';
import type { MinutePrints } from './minute-prints.ts';

export type Amendment = TradeCorrection | TradeCancel;

/** Where a print is kept. */
export interface PrintPlace {
  readonly prints: MinutePrints;
  readonly row: number;
}

interface AmendmentRecord {
  readonly key: string;
  readonly event: Amendment;
  /** 1 for an amendment of a print itself, 2 for one of what a correction made of it, and so on; 0 while unmatched. */
  depth: number;
  place: PrintPlace | null;
  isLookedUp: boolean;
}

/** What all amendments of one print come to. */
export interface AmendedPrint {
  readonly place: PrintPlace;
  /** Null when it was cancelled. */
  readonly correction: TradeCorrection | null;
}

const MAX_WAITING = 1_000;

/**
 * The corrections and cancels of one symbol whose prints are in memory, and those that wait for theirs. What they come to is
 * a function of the set of them, whatever order they arrive in: an amendment belongs to the print that carries its
 * `originalId`, or to the print whose correction issued that id; a cancel is final; of several corrections the last in
 * exchange time holds, of equal times the one further down the chain.
 */
export class Amendments {
  readonly #records = new Map<string, AmendmentRecord>();
  /** Ids that an arriving print may carry. */
  readonly #concerned = new Set<string>();

  get size(): number {
    return this.#records.size;
  }

  get waiting(): number {
    let count = 0;
    for (const record of this.#records.values()) if (record.place === null) count++;
    return count;
  }

  /** False for a repeat: same target, kind, new id and exchange time. */
  add(event: Amendment): boolean {
    const key = amendmentKey(event);
    if (this.#records.has(key)) return false;
    this.#records.set(key, { key, event, depth: 0, place: null, isLookedUp: false });
    this.#concerned.add(idKey(event.exchange, event.originalId));
    if (event.type === 'correction') this.#concerned.add(idKey(event.exchange, event.id));
    return true;
  }

  concerns(exchange: string, id: string): boolean {
    return this.#concerned.has(idKey(exchange, id));
  }

  /** The print an amendment belongs to; null while it waits. */
  placeOf(event: Amendment): PrintPlace | null {
    return this.#records.get(amendmentKey(event))?.place ?? null;
  }

  events(): readonly Amendment[] {
    return Array.from(this.#records.values(), (record) => record.event);
  }

  /** Matches everything anew. Sets `amendmentCount` of the minutes concerned; the caller amends the prints. */
  resolve(find: (exchange: string, id: string) => PrintPlace | null): readonly AmendedPrint[] {
    const records = [...this.#records.values()].sort(inExchangeOrder);
    for (const record of records) {
      if (record.place !== null) record.place.prints.amendmentCount = 0;
      record.place = find(record.event.exchange, record.event.originalId);
      record.depth = record.place === null ? 0 : 1;
    }
    for (let depth = 1; records.some((record) => record.depth === depth); depth++) matchChain(records, depth);
    const groups = new Map<string, AmendmentRecord[]>();
    for (const record of records) {
      if (record.place === null) continue;
      record.place.prints.amendmentCount = 0;
      const key = `${record.place.prints.startMs} ${record.place.row}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [record]);
      else group.push(record);
    }
    const amended: AmendedPrint[] = [];
    for (const group of groups.values()) {
      const place = group[0]?.place ?? null;
      if (place === null) continue;
      place.prints.amendmentCount += group.length;
      amended.push({ place, correction: outcomeOf(group) });
    }
    return amended;
  }

  /** Unmatched amendments that no look-up in the store has been asked for, older than `beforeMs`; each once. */
  takeUnmatched(beforeMs: number): readonly Amendment[] {
    const unmatched: Amendment[] = [];
    for (const record of this.#records.values()) {
      if (record.place !== null || record.isLookedUp || record.event.timeMs > beforeMs) continue;
      record.isLookedUp = true;
      unmatched.push(record.event);
    }
    return unmatched;
  }

  /** Forgets the amendments of a minute whose prints leave memory, and the oldest unmatched ones beyond the bound. */
  release(prints: MinutePrints): void {
    for (const record of this.#records.values()) {
      if (record.place?.prints === prints) this.#records.delete(record.key);
    }
    this.#reindex();
  }

  releaseWaiting(beforeMs: number): void {
    const isFull = this.#records.size > MAX_WAITING;
    for (const record of this.#records.values()) {
      if (record.place !== null) continue;
      if (isFull ? this.#records.size > MAX_WAITING : record.event.timeMs < beforeMs) this.#records.delete(record.key);
    }
    this.#reindex();
  }

  #reindex(): void {
    this.#concerned.clear();
    for (const { event } of this.#records.values()) {
      this.#concerned.add(idKey(event.exchange, event.originalId));
      if (event.type === 'correction') this.#concerned.add(idKey(event.exchange, event.id));
    }
  }
}

/** Gives the records one step further down the chain the print that the records at `depth` belong to. */
function matchChain(records: readonly AmendmentRecord[], depth: number): void {
  const issued = new Map<string, PrintPlace>();
  for (const { event, depth: at, place } of records) {
    if (at !== depth || place === null || event.type !== 'correction') continue;
    const key = idKey(event.exchange, event.id);
    if (!issued.has(key)) issued.set(key, place);
  }
  for (const record of records) {
    if (record.place !== null) continue;
    const place = issued.get(idKey(record.event.exchange, record.event.originalId));
    if (place === undefined) continue;
    record.place = place;
    record.depth = depth + 1;
  }
}

function outcomeOf(group: readonly AmendmentRecord[]): TradeCorrection | null {
  let last: { readonly event: TradeCorrection; readonly depth: number } | null = null;
  for (const { event, depth } of group) {
    if (event.type === 'cancel') return null;
    const order = last === null ? 1 : compareAmendmentTime(event, last.event) || depth - last.depth;
    if (order >= 0) last = { event, depth };
  }
  return last?.event ?? null;
}

function compareAmendmentTime(a: Amendment, b: Amendment): number {
  return compareTradeTime({ ...a, sequence: null }, { ...b, sequence: null });
}

/** Any total order that does not depend on arrival will do; the key settles what time leaves open. */
function inExchangeOrder(a: AmendmentRecord, b: AmendmentRecord): number {
  return compareAmendmentTime(a.event, b.event) || (a.key < b.key ? -1 : 1);
}

function idKey(exchange: string, id: string): string {
  return `${exchange}\n${id}`;
}

function amendmentKey(event: Amendment): string {
  const id = event.type === 'correction' ? event.id : '';
  return `${event.type}\n${event.exchange}\n${event.originalId}\n${id}\n${event.timeMs}\n${event.nanosOfMs}`;
}
