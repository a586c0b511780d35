import { json } from 'node:stream/consumers';
import type { Config } from '../config/config.ts';
import { findInstance, postToInstance } from '../running-instance.ts';
import { ProblemError } from '../web/rest/problem.ts';
import type { Problem } from '../web/rest/problem.ts';

export const MOVE_PATH = '/stack/move';

export interface Moved {
  /** Whether the pipeline had to move; it may have been there already. */
  readonly hasMoved: boolean;
}

/**
 * Has the TapeDeck that holds the data folder move its pipeline, as Settings does. Answers null where nobody holds it. Rejects
 * with a `ProblemError` that says why the pipeline stays, with `locked` while the other is starting.
 */
export async function moveInstance(
  config: Pick<Config, 'dataDir' | 'web'>,
  to: 'embedded' | 'bundled',
  signal: AbortSignal,
): Promise<Moved | null> {
  const instance = await findInstance(config);
  if (instance === null) return null;
  const response = await postToInstance(instance, MOVE_PATH, { to }, signal);
  const answer = await json(response);
  if (response.statusCode !== 200) throw new ProblemError(answer as Problem);
  return answer as Moved;
}
