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
