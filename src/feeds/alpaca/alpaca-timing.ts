/** Every wait of the feed in milliseconds, apart so that tests can shorten them. */
export interface AlpacaTiming {
  readonly connectTimeoutMs: number;
  /** For an answer to authentication or to a subscription. */
  readonly answerTimeoutMs: number;
  readonly pingMs: number;
  readonly pongWaitMs: number;
  /** First delay before a reconnect; it doubles up to `reconnectMaxMs`. */
  readonly reconnectBaseMs: number;
  /** A lost session can hold the account's one place for about 90 seconds. */
  readonly reconnectMaxMs: number;
  /** Without any data in market hours the line counts as lost. */
  readonly silenceMs: number;
  /** Between two looks at whether the list of assets is to be loaded again. */
  readonly assetsLookMs: number;
  /** Between two rounds of snapshots. */
  readonly pollMs: number;
  readonly restTimeoutMs: number;
  /** First delay before a failed request is repeated; it doubles up to `restRetryMaxMs`. */
  readonly restRetryBaseMs: number;
  readonly restRetryMaxMs: number;
}

export const DEFAULT_TIMING: AlpacaTiming = {
  connectTimeoutMs: 15_000,
  answerTimeoutMs: 10_000,
  pingMs: 10_000,
  pongWaitMs: 5000,
  reconnectBaseMs: 1000,
  reconnectMaxMs: 60_000,
  silenceMs: 90_000,
  assetsLookMs: 60_000,
  pollMs: 5000,
  restTimeoutMs: 30_000,
  restRetryBaseMs: 500,
  restRetryMaxMs: 15_000,
};
