/** A message that could not be used, kept with what is needed to find and retry it. */
export interface DeadLetter {
  /** `file` + line for replays, `stream` for a provider frame, else the bus topic. */
  readonly origin: string;
  readonly topic: string;
  /** Null where the message never reached the bus. */
  readonly partition: number | null;
  /** Bus offset, or the 1-based line number of a replayed file. */
  readonly position: number | null;
  readonly reason: string;
  /** As received, cut at 64 KiB, secrets masked. */
  readonly payload: string;
  readonly timeMs: number;
}

/** Of a stored dead letter: waiting, sent through again, or put aside by a person. */
export const DEAD_LETTER_STATES = ['open', 'retried', 'discarded'] as const;
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];

/** Payloads of dead letters end here; what is as long as this was cut. */
export const DEAD_LETTER_PAYLOAD_CHARACTERS = 65_536;
