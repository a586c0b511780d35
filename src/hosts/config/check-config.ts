import type { LoadedConfig } from './config.ts';

/** What `--check-config` prints: one JSON object, secrets masked. */
export function checkConfigText(loaded: LoadedConfig): string {
  const report = { isValid: true, settings: loaded.effective, ignored: loaded.ignored };
  return `${JSON.stringify(report, null, 2)}\n`;
}
