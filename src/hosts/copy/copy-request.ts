import { TapedeckError } from '../../market/index.ts';

export const COPY_FLAGS = ['from', 'to'] as const;
export const COPY_SWITCHES = ['json'] as const;

const ENDS = ['embedded', 'bundled', 'remote'] as const;
type EndName = (typeof ENDS)[number];

export interface CopyRequest {
  readonly direction: CopyDirection;
  /** The end that is a server. */
  readonly server: Exclude<EndName, 'embedded'>;
}

/** As seen from the data folder. */
export type CopyDirection = 'out-of-folder' | 'into-folder';

/** Throws `bad-config` unless one end is the data folder and the other a server. */
export function readCopyRequest(flags: Readonly<Record<string, string>>): CopyRequest {
  const from = endOf('from', flags);
  const to = endOf('to', flags);
  if (from === 'embedded' && to !== 'embedded') return { direction: 'out-of-folder', server: to };
  if (to === 'embedded' && from !== 'embedded') return { direction: 'into-folder', server: from };
  throw new TapedeckError(
    'bad-config',
    `--from ${from} --to ${to}: one of them must be embedded, the other bundled or remote`,
  );
}

function endOf(name: 'from' | 'to', flags: Readonly<Record<string, string>>): EndName {
  const given = flags[name];
  const found = ENDS.find((end) => end === given);
  if (found !== undefined) return found;
  const wrong = given === undefined ? 'is missing' : `${JSON.stringify(given)} is unknown`;
  throw new TapedeckError('bad-config', `--${name}: ${wrong}; it must be one of ${ENDS.join(', ')}`);
}
