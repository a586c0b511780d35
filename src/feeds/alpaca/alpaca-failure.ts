import { TapedeckError } from '../../market/index.ts';

/** What a refusal asks of the connection. */
export type FailureAction =
  /** Nothing is wrong with the connection. */
  | 'ignore'
  /** The last subscription request was refused; what was subscribed before stays. */
  | 'refused-symbols'
  | 'too-many-symbols'
  | 'refused-channel'
  | 'reconnect'
  /** May be our own slip: worth one more connection, then it is final. */
  | 'reconnect-once'
  | 'stop';

export interface Failure {
  readonly action: FailureAction;
  readonly error: TapedeckError;
}

const KEY_ADVICE =
  'Alpaca did not accept the API key. Check APCA_API_KEY_ID and APCA_API_SECRET_KEY (or the keys in Settings), then start the feed again.';

/** What the host says when the feed is asked for without keys. */
export function missingKeysError(): TapedeckError {
  return new TapedeckError('unauthorized', 'the Alpaca feed needs an API key id and a secret', {
    userMessage:
      'Alpaca needs an API key: set APCA_API_KEY_ID and APCA_API_SECRET_KEY, or enter them in Settings. Free keys come with an account at alpaca.markets.',
  });
}

/** An `error` message of the stream, by its code (Alpaca's table of stream errors). */
export function streamFailure(code: number, message: string, dataFeed: string): Failure {
  const detail = `Alpaca stream error ${code}: ${message.slice(0, 200)}`;
  const failure = (
    action: FailureAction,
    errorCode: TapedeckError['code'],
    retryable: boolean,
    userMessage: string,
  ): Failure => ({ action, error: new TapedeckError(errorCode, detail, { retryable, userMessage }) });
  switch (code) {
    case 400:
      return failure('refused-symbols', 'bad-input', false, 'Alpaca did not understand a subscription.');
    case 401:
      return failure('reconnect-once', 'unauthorized', false, KEY_ADVICE);
    case 402:
      return failure('stop', 'unauthorized', false, KEY_ADVICE);
    case 403:
      return failure('ignore', 'conflict', true, 'Alpaca had authenticated this connection already.');
    case 404:
      return failure('reconnect-once', 'timeout', false, 'Alpaca did not receive the API key in time.');
    case 405:
      return failure('too-many-symbols', 'plan-limit', false, 'The Alpaca plan allows no more symbols on the stream.');
    case 406:
      return failure(
        'reconnect',
        'conflict',
        true,
        'Alpaca allows one connection per account and another one is open (or a lost one is still held for about a minute). Trying again.',
      );
    case 407:
      return failure(
        'reconnect',
        'connection-lost',
        true,
        'Alpaca dropped the connection because it was read too slowly.',
      );
    case 409:
    case 411:
      return failure(
        'stop',
        'plan-limit',
        false,
        `The Alpaca plan does not include the "${dataFeed}" data feed. Choose "iex", or upgrade the plan.`,
      );
    case 410:
      return failure(
        'refused-channel',
        'unsupported',
        false,
        `The "${dataFeed}" data feed does not offer this channel.`,
      );
    case 500:
      return failure('reconnect', 'connection-lost', true, 'Alpaca reported an internal error. Trying again.');
    default:
      return failure('stop', 'bad-config', false, `Alpaca refused the stream: ${message.slice(0, 200)}`);
  }
}

/** An HTTP answer to the WebSocket upgrade: too fast and server trouble pass, anything else will not. */
export function upgradeFailure(status: number): Failure {
  const detail = `Alpaca answered the stream's upgrade with HTTP ${status}`;
  if (isTransientStatus(status)) {
    const userMessage =
      status === 429 ? 'Alpaca asks to reconnect less often. Trying again.' : 'Alpaca is not available. Trying again.';
    const code = status === 429 ? 'throttled' : 'connection-lost';
    return { action: 'reconnect', error: new TapedeckError(code, detail, { retryable: true, userMessage }) };
  }
  if (status === 401 || status === 403) {
    return { action: 'stop', error: new TapedeckError('unauthorized', detail, { userMessage: KEY_ADVICE }) };
  }
  const userMessage = `Alpaca has no stream at this address (HTTP ${status}). Check ALPACA_STREAM_URL.`;
  return { action: 'stop', error: new TapedeckError('bad-config', detail, { userMessage }) };
}

export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

export function connectionLost(detail: string, cause?: unknown): TapedeckError {
  return new TapedeckError('connection-lost', detail, {
    retryable: true,
    userMessage: 'The connection to Alpaca was lost. Trying again.',
    cause,
  });
}

/** An HTTP error of the REST API as the one error type. */
export function restFailure(status: number, message: string, requestId: string | null): TapedeckError {
  const detail = `Alpaca REST error ${status}: ${message.slice(0, 200)}${requestId === null ? '' : ` (request ${requestId})`}`;
  if (status === 429) {
    const userMessage = 'Alpaca allows no more requests this minute. Trying again later.';
    return new TapedeckError('throttled', detail, { retryable: true, userMessage });
  }
  if (isTransientStatus(status)) {
    const userMessage = 'Alpaca is not available. Trying again later.';
    return new TapedeckError('connection-lost', detail, { retryable: true, userMessage });
  }
  // Has come as 403 and, by its code, as 422.
  if (status >= 400 && /recent sip/i.test(message)) {
    const userMessage = 'The Alpaca plan does not include the last 15 minutes of consolidated data.';
    return new TapedeckError('plan-limit', detail, { userMessage });
  }
  if (status === 401 || status === 403) return new TapedeckError('unauthorized', detail, { userMessage: KEY_ADVICE });
  if (status === 404) return new TapedeckError('not-found', detail, { userMessage: 'Alpaca does not know this.' });
  return new TapedeckError('bad-input', detail, { userMessage: `Alpaca refused a request: ${message.slice(0, 200)}` });
}
