import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { TapedeckError, fileError } from '../../market/index.ts';
import type { BundledConfig } from '../config/bundled-config.ts';
import { writePrivateFile } from '../settings/file-secret-store.ts';

/** Names of the file whose values are secrets; made where nobody gave one. */
export const STACK_SECRETS = ['POSTGRES_PASSWORD', 'PGADMIN_PASSWORD', 'GRAFANA_PASSWORD'] as const;

/** Of names that say how Docker runs on this machine; found out anew each time. */
const MACHINE_PREFIX = 'STACK_';

const PASSWORD_BYTES = 24;

/**
 * Writes what the stack is to be started with into its file, readable by the owner alone, with passwords made where none is
 * known, and answers the whole of it.
 */
export function writeStackEnvironment(
  bundled: BundledConfig,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const kept = Object.entries(bundled.environment).filter(([name]) => !name.startsWith(MACHINE_PREFIX));
  const environment: Record<string, string> = Object.fromEntries(kept);
  const before = readIfThere(bundled.environmentFile);
  for (const name of STACK_SECRETS) {
    environment[name] ??= before[name] ?? randomBytes(PASSWORD_BYTES).toString('base64url');
  }
  const whole = { ...environment, ...more };
  const lines = Object.entries(whole).map(([name, value]) => `${name}=${quoted(name, value)}\n`);
  const text = `# What the bundled stack was started with. Written by TapeDeck; your own values belong into .env.\n${lines.join('')}`;
  try {
    writePrivateFile(bundled.environmentFile, text);
  } catch (error) {
    throw fileError(error, bundled.environmentFile);
  }
  return whole;
}

/** The file may have been written since the configuration was read. */
function readIfThere(path: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw fileError(error, path);
  }
}

/** In the one way that Node and Compose read alike: taken literally between single quotes. */
function quoted(name: string, value: string): string {
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  throw new TapedeckError(
    'bad-config',
    `${name} has a quote or a line break, which no file of Docker Compose can hold`,
    {
      userMessage: `${name}: must have neither ' nor a line break for --stack bundled.`,
    },
  );
}
