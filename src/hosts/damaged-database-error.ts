import { TapedeckError } from '../market/index.ts';
import type { Config } from './config/config.ts';

/** The embedded database of a dataset is damaged; `userMessage` names the command that sets it aside. */
export class DamagedDatabaseError extends TapedeckError {
  /** `userMessage` without the command, for whoever offers to do it. */
  readonly damage: string;

  constructor(cause: TapedeckError, { dataDir, dataset }: Pick<Config, 'dataDir' | 'dataset'>) {
    const command = `npm run store -- set-aside --dataset ${dataset} --data-dir ${quotedIfNeeded(dataDir)}`;
    super(cause.code, cause.message, {
      cause,
      userMessage: `${cause.userMessage} For that, with TapeDeck stopped: ${command}`,
    });
    this.damage = cause.userMessage;
    this.name = 'DamagedDatabaseError';
  }
}

/** As shells of every system take it for one word. */
function quotedIfNeeded(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `"${path}"`;
}
