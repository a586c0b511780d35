import { json } from 'node:stream/consumers';
import type { Config } from '../config/config.ts';
import { findInstances, postToInstance } from '../running-instance.ts';
import { ProblemError } from '../web/rest/problem.ts';
import type { Problem } from '../web/rest/problem.ts';

export const MOVE_PATH = '/stack/move';

export interface Moved {
  /** Whether the pipeline had to move; it may have been there already. */
  readonly hasMoved: boolean;
}

/**
 * Has every TapeDeck of the data folder move its pipeline, as Settings does. Answers null where none runs. Rejects with a
 * `ProblemError` that says why a pipeline stays, with `locked` while the one that holds the folder is starting.
 */
export async function moveInstances(
  config: Pick<Config, 'dataDir' | 'web'>,
  to: 'embedded' | 'bundled',
  signal: AbortSignal,
): Promise<Moved | null> {
  const instances = await findInstances(config);
  if (instances.length === 0) return null;
  let hasMoved = false;
  for (const instance of instances) {
    const response = await postToInstance(instance, MOVE_PATH, { to }, signal);
    const answer = await json(response);
    if (response.statusCode !== 200) throw new ProblemError(answer as Problem);
    hasMoved ||= (answer as Moved).hasMoved;
  }
  return { hasMoved };
}
