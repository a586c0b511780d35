import { type ErrorOutcome, type Log, TapedeckError } from '../market/index.ts';
import type { PipelineOptions } from './pipeline.ts';

export interface FailureReport {
  /** The role, or the part of it: `persist`, `feed:alpaca`. */
  readonly scope: string;
  readonly error: unknown;
  readonly outcome: ErrorOutcome;
  /** What could not be done, for the log and in front of the reason; without it the reason speaks for itself. */
  readonly what?: string;
  /** For the log only: what tells one case from the next would make every case a row of its own. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

type Needs = Pick<PipelineOptions, 'store' | 'clock' | 'maskSecrets'>;

/** The one way of everything that fails in a role: a line in the log, and a row in the ledger of errors. */
export class ErrorReporter {
  readonly #needs: Needs;
  readonly #log: Log;

  constructor(needs: Needs, log: Log) {
    this.#needs = needs;
    this.#log = log;
  }

  report(report: FailureReport): void {
    const { scope, outcome, what, fields } = report;
    const error = TapedeckError.from(report.error);
    const line = { ...fields, scope, code: error.code, reason: error.message };
    if (outcome === 'gave-up') this.#log.error(line, what ?? 'failed');
    else this.#log.warn(line, what ?? 'failed');
    this.record(report);
  }

  /** The row alone, for what has its line in the log already. */
  record({ scope, error: cause, outcome, what }: FailureReport): void {
    const error = TapedeckError.from(cause);
    const { store, clock, maskSecrets } = this.#needs;
    const message = maskSecrets(what === undefined ? error.userMessage : `${what}: ${error.userMessage}`);
    store
      .recordError({ scope, code: error.code, message, outcome }, clock.now())
      // Closing: the log has it.
      .catch((failure: unknown) => this.#log.debug({ scope, error: failure }, 'an error is not in the ledger'));
  }
}
