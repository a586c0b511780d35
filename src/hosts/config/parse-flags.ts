import { parseArgs } from 'node:util';
import { TapedeckError } from '../../market/index.ts';
import { SETTINGS } from './setting-table.ts';
import type { Setting } from './setting.ts';

export interface ParsedFlags {
  /** By name without dashes; only what was given. */
  readonly flags: Readonly<Record<string, string>>;
  /** Switches that were given: `check-config`, `version`, `help`. */
  readonly switches: ReadonlySet<string>;
}

const SWITCHES = ['check-config', 'version', 'help'] as const;

/** Throws `bad-config` for a flag that does not exist or lacks its value. The extra ones belong to one command only. */
export function parseFlags(
  args: readonly string[],
  extraFlags: readonly string[] = [],
  extraSwitches: readonly string[] = [],
): ParsedFlags {
  const names = Object.values(SETTINGS)
    .map((setting: Setting<unknown>) => setting.flag)
    .filter((name) => name !== null);
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const name of [...names, ...extraFlags]) options[name] = { type: 'string' };
  for (const name of [...SWITCHES, ...extraSwitches]) options[name] = { type: 'boolean' };
  const flags: Record<string, string> = {};
  const switches = new Set<string>();
  for (const [name, value] of Object.entries(parse(args, options))) {
    if (typeof value === 'string') flags[name] = value;
    else if (value === true) switches.add(name);
  }
  return { flags, switches };
}

function parse(
  args: readonly string[],
  options: Record<string, { type: 'string' | 'boolean' }>,
): Record<string, string | boolean | undefined> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
    throw new TapedeckError('bad-config', message, { userMessage: `${message} (see --help)`, cause: error });
  }
}
