import { TapedeckError } from '../../../market/index.ts';
import type { ErrorCode, Instrument } from '../../../market/index.ts';

/** RFC 9457. `type` is stable and names the kind of problem; `detail` is for people. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The query parameter, path part or body field that is wrong. */
  readonly parameter?: string;
  readonly suggestions?: readonly string[];
  readonly retryable?: boolean;
}

export const PROBLEM_TYPE = 'application/problem+json';

const STATUS: Readonly<Record<ErrorCode, readonly [number, string]>> = {
  'bad-input': [400, 'Bad request'],
  'bad-config': [400, 'Bad request'],
  'bad-message': [400, 'Bad request'],
  'unknown-symbol': [404, 'Unknown symbol'],
  unauthorized: [401, 'Not authorized'],
  'plan-limit': [403, 'Not part of the plan'],
  throttled: [429, 'Too many requests'],
  'connection-lost': [503, 'Not available now'],
  timeout: [504, 'Timed out'],
  'not-found': [404, 'Not found'],
  conflict: [409, 'Conflict'],
  locked: [503, 'In use'],
  corrupt: [500, 'Damaged data'],
  'disk-full': [507, 'Disk full'],
  'read-only': [500, 'Cannot be written'],
  'port-taken': [500, 'Port taken'],
  unsupported: [501, 'Not supported'],
  closed: [503, 'Shutting down'],
  internal: [500, 'Internal error'],
};

/** A failure with what a program needs to put it right. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export function problem(status: number, code: string, title: string, detail: string): Problem {
  return { type: `urn:tapedeck:problem:${code}`, title, status, detail };
}

export function badParameter(parameter: string, detail: string): ProblemError {
  return new ProblemError({ ...problem(400, 'bad-input', 'Bad request', `${parameter}: ${detail}`), parameter });
}

export function unknownSymbol(symbol: string, suggestions: readonly Instrument[]): ProblemError {
  const names = suggestions.map((instrument) => instrument.symbol);
  const hint = names.length === 0 ? '' : ` Did you mean ${names.slice(0, 3).join(', ')}?`;
  return new ProblemError({
    ...problem(404, 'unknown-symbol', 'Unknown symbol', `${symbol} is not known here.${hint}`),
    parameter: 'symbol',
    suggestions: names,
  });
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const known = TapedeckError.from(error);
  const [status, title] = STATUS[known.code];
  const detail = known.code === 'internal' ? 'Something went wrong here; the log says what.' : known.userMessage;
  return { ...problem(status, known.code, title, detail), retryable: known.retryable };
}
