import { existsSync } from 'node:fs';
import { openSettings, settingsPath } from './settings/conf-settings-store.ts';
import { systemClock } from '../market/index.ts';
import { writeStackEnvironment } from './bundled/stack-environment.ts';
import type { HostKind, LoadedConfig } from './config/config.ts';
import { loadConfig } from './config/load-config.ts';
import { platformFolders } from './config/platform-folders.ts';
import { readTextFile } from './config/value-layers.ts';
import { openHostLog } from './log/host-log.ts';
import type { HostLog } from './log/host-log.ts';
import { secretsOf } from './log/secret-mask.ts';
import { FileSecretStore, readSecretFile } from './settings/file-secret-store.ts';
import { readGivenSettings } from './settings/settings-content.ts';
import type { SecretStore, SettingsStore } from './settings/settings-store.ts';

export interface ProcessSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
}

type ReadSecrets = (configDir: string) => Readonly<Record<string, string>>;

/** The configuration of this process, with keys from its own safe place. Changes nothing. */
export function loadProcessConfig(
  hostKind: HostKind,
  flags: Readonly<Record<string, string>>,
  surroundings: ProcessSurroundings,
  readSecrets: ReadSecrets = readSecretFile,
): LoadedConfig {
  return loadConfig({
    hostKind,
    flags,
    environment: surroundings.environment,
    workingDir: surroundings.workingDir,
    platform: platformFolders(),
    readText: readTextFile,
    fileExists: existsSync,
    readSettings: (configDir) => readGivenSettings(settingsPath(configDir)),
    readSecrets,
  });
}

/** The same for a host that is about to run: whoever comes first, it or the start of the bundled stack, makes their password. */
export function loadHostConfig(...given: Parameters<typeof loadProcessConfig>): LoadedConfig {
  const loaded = loadProcessConfig(...given);
  const { stack, bundled } = loaded.config;
  if (stack !== 'bundled' || bundled.environment['POSTGRES_PASSWORD'] !== undefined) return loaded;
  writeStackEnvironment(bundled);
  return loadProcessConfig(...given);
}

export interface HeadlessParts {
  readonly settings: SettingsStore;
  readonly secrets: SecretStore;
  readonly log: HostLog;
}

/** What every host without Electron needs besides its configuration. */
export function openHeadlessParts(loaded: LoadedConfig, writeError: (line: string) => void): HeadlessParts {
  const { config, ignored } = loaded;
  const log = openHostLog({ settings: config.log, writeError, secrets: secretsOf(config) });
  for (const line of ignored) log.warn({ setting: line }, 'a setting has no effect');
  const settings = openSettings({ configDir: config.configDir, clock: systemClock });
  settings.onNotice((text) => log.warn({ notice: text }, 'settings'));
  return { settings, secrets: new FileSecretStore(config.configDir), log };
}
