import type { DeadLetter, DeadLetterState } from '../market/index.ts';
import type { TimeRange } from './store.ts';

export interface StoredDeadLetter extends DeadLetter {
  readonly id: number;
  readonly state: DeadLetterState;
  /** How often it was tried again. */
  readonly retries: number;
  /** What its last retry or its discarding came to; null before. */
  readonly outcome: string | null;
  /** When it was last retried or discarded; null before. */
  readonly settledMs: number | null;
}

/** Nulls let everything pass. */
export interface DeadLetterFilter {
  /** Empty for what never reached the bus. */
  readonly topic: string | null;
  /** Part of the reason, in upper or lower case. */
  readonly reason: string | null;
  readonly state: DeadLetterState | null;
  /** `[fromMs, toMs)`. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

export interface DeadLetterPlace {
  readonly timeMs: number;
  readonly id: number;
}

/** Newest first. */
export interface DeadLetterPageQuery extends DeadLetterFilter {
  /** Only those before this one in the list; null begins with the newest. */
  readonly after: DeadLetterPlace | null;
  readonly limit: number;
  /** Payloads are cut to so many characters. */
  readonly payloadCharacters: number;
}

export interface DeadLetterClaim {
  /** Unique to this attempt. */
  readonly claim: string;
  readonly nowMs: number;
  /** From then on somebody else may claim the letter: whoever had it is taken for dead. */
  readonly untilMs: number;
}

/** What became of a retry: published again, or still what it was, for the reason given. */
export interface DeadLetterResult {
  readonly id: number;
  readonly state: 'open' | 'retried';
  readonly reason: string;
  readonly outcome: string;
}

export interface DeadLetterQueries {
  /** Ascending by time, as every list over time. */
  deadLetters(
    query: TimeRange & Partial<Omit<DeadLetterFilter, 'fromMs' | 'toMs'>>,
  ): Promise<readonly StoredDeadLetter[]>;
  deadLetterPage(query: DeadLetterPageQuery): Promise<readonly StoredDeadLetter[]>;
  /** Null when there is none of that id. */
  deadLetter(id: number): Promise<StoredDeadLetter | null>;
  /** Open ones of all, or those of any state that a filter lets pass. */
  countDeadLetters(filter?: DeadLetterFilter): Promise<number>;
}

export interface DeadLetterStore extends DeadLetterQueries {
  /** Claims one open letter that nobody has claimed; null where it is not open or somebody is at it. */
  claimDeadLetter(id: number, claim: DeadLetterClaim): Promise<StoredDeadLetter | null>;
  /** Claims up to `limit` open, unclaimed letters with a higher id than `afterId`, ascending by id. */
  claimDeadLetters(
    filter: DeadLetterFilter,
    page: { readonly afterId: number; readonly limit: number },
    claim: DeadLetterClaim,
  ): Promise<readonly StoredDeadLetter[]>;
  /** Writes results under the claim and gives it back. A letter whose claim lapsed and went to somebody else is left to them. */
  settleDeadLetters(claim: string, results: readonly DeadLetterResult[], nowMs: number): Promise<void>;
  /** Gives back what is still claimed, as if it had not been tried. */
  releaseDeadLetters(claim: string): Promise<void>;
  /** False where it is not open, is being retried, or is not there. */
  discardDeadLetter(id: number, nowMs: number): Promise<boolean>;
  /** Takes a discarding back; false where it is not discarded. */
  reopenDeadLetter(id: number): Promise<boolean>;
}
