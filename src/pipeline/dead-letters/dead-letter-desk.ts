import type { DeadLetterFilter, StoredDeadLetter } from '../../store/dead-letter-store.ts';

/** What came of retrying many. */
export interface RetryCounts {
  /** Sent through again. */
  readonly retried: number;
  /** Refused again; they stay open, with the reason of now. */
  readonly failed: number;
  /** Nothing here can send these through again; their outcome says why. */
  readonly unretryable: number;
}

/** What can be done about dead letters. Every answer of one letter is as it stands afterwards. */
export interface DeadLetterDesk {
  /**
   * Sends the message through again: the present codec reads it and it is published under its key, or the reader of its file
   * does. Throws `not-found`, `conflict` with a sentence where it is not open, being retried or cannot be sent again, and a
   * retryable error, with the letter open as before, where the bus does not take it.
   */
  retry(id: number): Promise<StoredDeadLetter>;
  /** Every open one that the filter lets pass and that was there at the start. Throws as the bus or the store does. */
  retryAll(filter: DeadLetterFilter): Promise<RetryCounts>;
  /** Throws `not-found`, or `conflict` where it is not open. */
  discard(id: number): Promise<StoredDeadLetter>;
  /** Takes a discarding back. Throws `not-found`, or `conflict` where it is not discarded. */
  reopen(id: number): Promise<StoredDeadLetter>;
}
