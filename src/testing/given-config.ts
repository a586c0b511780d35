import { loadConfig } from '../hosts/config/load-config.ts';
import type { HostKind, LoadedConfig } from '../hosts/config/config.ts';
import { parseFlags } from '../hosts/config/parse-flags.ts';
import { TapedeckError } from '../market/index.ts';

export interface GivenConfig {
  readonly hostKind?: HostKind;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly settings?: { readonly feed?: 'mock' | 'alpaca'; readonly stack?: 'embedded' | 'bundled' };
  readonly secrets?: Readonly<Record<string, string>>;
}

/** The configuration of a machine on which only this was given. */
export function loadGiven(given: GivenConfig = {}): LoadedConfig {
  return loadConfig({
    hostKind: given.hostKind ?? 'web',
    flags: parseFlags(given.args ?? []).flags,
    environment: given.environment ?? {},
    workingDir: '/work-here',
    platform: { data: '/p/data', config: '/p/config', log: '/p/log' },
    readText: (path) => {
      const text = given.files?.[path];
      if (text === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' });
      return text;
    },
    fileExists: (path) => !path.includes('missing'),
    readSettings: () => given.settings ?? {},
    readSecrets: () => given.secrets ?? {},
  });
}

/** What a user is told about it; `accepted` where nothing is wrong. */
export function refusalOf(given: GivenConfig): string {
  try {
    loadGiven(given);
  } catch (error) {
    if (error instanceof TapedeckError && error.code === 'bad-config') return error.userMessage;
    throw error;
  }
  return 'accepted';
}
