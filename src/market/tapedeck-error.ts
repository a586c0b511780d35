/** Stable names a caller may branch on; the text of an error is for people only. */
export type ErrorCode =
  | 'bad-input'
  | 'bad-config'
  | 'bad-message'
  | 'unknown-symbol'
  | 'unauthorized'
  | 'plan-limit'
  | 'throttled'
  | 'connection-lost'
  | 'timeout'
  | 'not-found'
  | 'conflict'
  | 'locked'
  | 'corrupt'
  | 'disk-full'
  | 'read-only'
  | 'port-taken'
  | 'unsupported'
  | 'closed'
  | 'internal';

export interface TapedeckErrorOptions {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  /** One or two sentences for the user: what happened and what to do. Never holds a secret. */
  readonly userMessage?: string;
  readonly cause?: unknown;
}

/** The one error type that crosses a module border. */
export class TapedeckError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly userMessage: string;

  constructor(code: ErrorCode, message: string, options: TapedeckErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'TapedeckError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.userMessage = options.userMessage ?? message;
  }

  static from(cause: unknown, code: ErrorCode = 'internal'): TapedeckError {
    if (cause instanceof TapedeckError) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    return new TapedeckError(code, message, { cause });
  }
}
