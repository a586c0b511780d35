import type { SqlResult, SqlValue } from './sql-database.ts';

/** What the engine's thread is asked to do, one after the other in the order sent. */
export type EngineCall =
  | { readonly kind: 'open'; readonly directory: string; readonly settings: readonly string[] }
  | { readonly kind: 'query'; readonly text: string; readonly parameters: readonly SqlValue[] }
  | { readonly kind: 'run'; readonly script: string }
  | { readonly kind: 'copyIn'; readonly target: string; readonly rows: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'copyOut'; readonly query: string }
  | { readonly kind: 'close' };

export interface EngineRequest {
  readonly id: number;
  readonly call: EngineCall;
}

/** The parts of an error that a clone between threads would lose. */
export interface EngineError {
  readonly name: string;
  readonly message: string;
  /** SQLSTATE, or the code of the operating system. */
  readonly code: string | null;
}

export type EngineReply =
  | { readonly id: number; readonly error: null; readonly result: SqlResult<object> }
  | { readonly id: number; readonly error: EngineError };
