import { TapedeckError } from '../../market/index.ts';
import type { ErrorCode } from '../../market/index.ts';

/** What kept the bundled stack from doing what it was asked; each has its own remedy. */
export type StackProblem =
  | 'not-installed'
  | 'no-compose'
  | 'engine-down'
  | 'no-permission'
  | 'port-taken'
  | 'disk-full'
  | 'no-network'
  | 'image-refused'
  | 'unhealthy'
  | 'stopped'
  | 'failed';

const CODES: Readonly<Record<StackProblem, ErrorCode>> = {
  'not-installed': 'not-found',
  'no-compose': 'unsupported',
  'engine-down': 'connection-lost',
  'no-permission': 'unauthorized',
  'port-taken': 'port-taken',
  'disk-full': 'disk-full',
  'no-network': 'connection-lost',
  'image-refused': 'not-found',
  unhealthy: 'timeout',
  stopped: 'closed',
  failed: 'internal',
};

const RETRYABLE: ReadonlySet<StackProblem> = new Set(['engine-down', 'no-network']);

/** A failure of the bundled stack; `userMessage` says what to do about it. */
export class BundledStackError extends TapedeckError {
  readonly problem: StackProblem;

  constructor(problem: StackProblem, message: string, userMessage: string, cause?: unknown) {
    super(CODES[problem], message, { userMessage, retryable: RETRYABLE.has(problem), cause });
    this.name = 'BundledStackError';
    this.problem = problem;
  }
}
