import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { TapedeckError } from '../../market/index.ts';

/** Named texts of one place, the most important layer first in a list. */
export interface ValueLayer {
  /** How the place is called in messages: `environment`, or the path of a `.env` file. */
  readonly label: string;
  readonly values: Readonly<Record<string, string>>;
}

export type ReadText = (path: string) => string;

export const readTextFile: ReadText = (path) => readFileSync(path, 'utf8');

/** Empty values count as not given: `NAME=` in a `.env` file is how people switch a line off. */
export function environmentLayer(environment: Readonly<Record<string, string | undefined>>): ValueLayer {
  return { label: 'environment', values: withoutEmpty(environment) };
}

/** Null where the folder has no file of that name. */
export function dotenvLayer(folder: string, readText: ReadText, name = '.env'): ValueLayer | null {
  const path = join(folder, name);
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    const why = code === 'EACCES' || code === 'EPERM' ? 'this user may not read it' : (code ?? String(error));
    throw new TapedeckError('bad-config', `${path} cannot be read: ${why}`, {
      userMessage: `${path} cannot be read: ${why}. Give this user access, or choose other folders with --data-dir or --config-dir.`,
      cause: error,
    });
  }
  // Windows editors begin a file with a mark, which would become part of the first name.
  return { label: path, values: withoutEmpty(parseEnv(text.replace(/^\uFEFF/, ''))) };
}

function withoutEmpty(values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value.trim() !== '') kept[name] = value;
  }
  return kept;
}
