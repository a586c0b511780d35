import type { BusBatch } from '../bus/bus.ts';
import { TapedeckError } from '../market/index.ts';
import type { RoleContext } from './role-context.ts';

/** A reason without the value that was found, so that messages wrong in one way are one error. */
export function kindOfReason(reason: string): string {
  return reason.replace(/, got [^]*$/, '').replace(/^not JSON: [^]*$/, 'not JSON');
}

/** Counts what the codec refused of a batch. */
export function recordRefused(context: Pick<RoleContext, 'errors'>, scope: string, batch: BusBatch): void {
  for (const { reason } of batch.badRecords) {
    const error = new TapedeckError('bad-message', `${batch.topic}: ${kindOfReason(reason)}`);
    context.errors.record({ scope, error, outcome: 'dead-letter' });
  }
}
