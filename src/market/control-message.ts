/**
 * Says that shared state changed; the state itself is in the store. The topic is compacted, keyed by `kind`, so a late
 * reader sees at most one of each.
 */
export interface ControlMessage {
  readonly kind: 'subscriptions-changed' | 'alert-rules-changed' | 'backfill-requested';
  /** Which host said so. */
  readonly client: string;
  readonly timeMs: number;
  /** Symbols concerned; empty when the reader should re-read everything. */
  readonly symbols: readonly string[];
}
