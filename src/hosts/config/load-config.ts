import { join, resolve } from 'node:path';
import type { Settings } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { STACK_ENVIRONMENT_FILE } from './bundled-config.ts';
import type { StackFile } from './bundled-config.ts';
import { GIGABYTE, composeConfig } from './compose-config.ts';
import type { Config, EffectiveSetting, Folders, HostKind, LoadedConfig } from './config.ts';
import { foreignServerKeys } from './foreign-servers.ts';
import { maskDsn } from './mask-secrets.ts';
import type { PlatformFolders } from './platform-folders.ts';
import { SAVED_SECRET, SettingResolver, defaultOf } from './setting-resolver.ts';
import type { Resolved, ResolverInput } from './setting-resolver.ts';
import { SETTINGS } from './setting-table.ts';
import type { SettingKey, SettingValues } from './setting-table.ts';
import type { Setting } from './setting.ts';
import { dotenvLayer, environmentLayer } from './value-layers.ts';
import type { ReadText, ValueLayer } from './value-layers.ts';
import { noteOn } from './without-effect.ts';

export interface ConfigInput {
  readonly hostKind: HostKind;
  /** By name without dashes, as `parseFlags` gives them. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly platform: PlatformFolders;
  readonly readText: ReadText;
  readonly fileExists: (path: string) => boolean;
  /** What the settings file says; asked once the settings folder is known. */
  readSettings(configDir: string): Partial<Settings>;
  /** Secrets of this host's safe place, by environment name. */
  readSecrets(configDir: string): Readonly<Record<string, string>>;
}

/**
 * Flag > environment > `.env` (working folder, then settings folder) > settings file > default, checked as a whole.
 * Throws `bad-config` whose `userMessage` has one line for each thing that is wrong.
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const early = [environmentLayer(input.environment), dotenvLayer(input.workingDir, input.readText)].filter(
    (layer) => layer !== null,
  );
  const folders = resolveFolders(input, early);
  const late = folders.configDir === input.workingDir ? null : dotenvLayer(folders.configDir, input.readText);
  const given = {
    flags: input.flags,
    layers: late === null ? early : [...early, late],
    settings: input.readSettings(folders.configDir),
    secrets: input.readSecrets(folders.configDir),
    readText: input.readText,
  };
  const resolver = new SettingResolver({ ...given, unusedNames: unusedNames(given) });

  const keys = Object.keys(SETTINGS) as SettingKey[];
  const found = Object.fromEntries(keys.map((key) => [key, resolver.resolve(key)])) as Record<SettingKey, Resolved>;
  resolver.reportIgnoredNames();
  const { resolved, notes } = withoutForeignServers(found);
  const values = valuesOf(resolved);
  // A key that was typed into the settings once says nothing about this run.
  const isGiven = (key: SettingKey): boolean => resolved[key].isGiven && resolved[key].from !== SAVED_SECRET;

  const composed = composeConfig({ ...input, values, isGiven, folders, stackFile: findStackFile(input, folders) });
  const problems = [...resolver.problems, ...composed.problems];
  if (problems.length > 0) {
    throw new TapedeckError('bad-config', problems.join('; '), { userMessage: problems.join('\n') });
  }
  const ignored = [...resolver.ignored].map(([name, reason]) => `${name}: ${reason}`);
  return {
    config: composed.config,
    effective: effectiveSettings(composed.config, resolved),
    ignored: [...ignored, ...notes, ...composed.notes],
  };
}

function valuesOf(resolved: Readonly<Record<SettingKey, Resolved>>): SettingValues {
  return Object.fromEntries(Object.entries(resolved).map(([key, { value }]) => [key, value])) as SettingValues;
}

/** The bundled stack is that of docker-compose.yml on this machine, whatever servers the environment names for others. */
function withoutForeignServers(found: Readonly<Record<SettingKey, Resolved>>): {
  readonly resolved: Readonly<Record<SettingKey, Resolved>>;
  readonly notes: readonly string[];
} {
  const values = valuesOf(found);
  const foreign = values.stack === 'bundled' ? foreignServerKeys(values) : [];
  const given = foreign.filter((key) => found[key].isGiven);
  const why =
    '--stack bundled is Kafka and TimescaleDB of docker-compose.yml on this machine; choose --stack remote for others';
  return {
    resolved: { ...found, ...Object.fromEntries(given.map((key) => [key, defaultOf(SETTINGS[key])])) },
    notes: noteOn(given, why),
  };
}

/** `TICKERS` asks for symbols to be streamed: a line of an old `.env` must neither filter nor name what a file holds. */
function unusedNames(given: ResolverInput): Readonly<Record<string, string>> {
  const resolver = new SettingResolver(given);
  const isReplay = resolver.resolve('replayFile').value !== null || resolver.resolve('feed').value === 'replay';
  return isReplay ? { TICKERS: 'a replay plays every symbol of its file; --symbols chooses among them' } : {};
}

/** The folders decide where the last `.env` and the settings file are, so they come first. */
function resolveFolders(input: ConfigInput, layers: readonly ValueLayer[]): Folders {
  const resolver = new SettingResolver({ ...input, layers, settings: {}, secrets: {} });
  const dataDir = resolver.resolve('dataDir').value as string | null;
  const configDir = resolver.resolve('configDir').value as string | null;
  const data = dataDir === null ? null : resolve(input.workingDir, dataDir);
  return {
    dataDir: data ?? input.platform.data,
    configDir:
      configDir === null
        ? data === null
          ? input.platform.config
          : join(data, 'config')
        : resolve(input.workingDir, configDir),
    logDir: data === null ? input.platform.log : join(data, 'logs'),
  };
}

/**
 * The bundled stack is one for this user: what was started without a settings folder of one's own is found from every other
 * folder too, unless that has a stack of its own.
 */
function findStackFile({ platform, readText }: ConfigInput, { configDir }: Folders): StackFile {
  for (const folder of [configDir, platform.config]) {
    const layer = dotenvLayer(folder, readText, STACK_ENVIRONMENT_FILE);
    if (layer !== null) return { path: layer.label, values: layer.values };
  }
  return { path: join(configDir, STACK_ENVIRONMENT_FILE), values: {} };
}

/** What was found for each name, with what the whole made of it where nobody said. */
function effectiveSettings(
  config: Config,
  resolved: Readonly<Record<SettingKey, Resolved>>,
): Readonly<Record<string, EffectiveSetting>> {
  const derived: Partial<Record<SettingKey, unknown>> = {
    feed: config.feed,
    dataset: config.dataset,
    roles: [...config.roles],
    port: config.web.port,
    dataDir: config.dataDir,
    configDir: config.configDir,
    logFile: config.log.file,
    maxGigabytes: config.retention.maxBytes === null ? null : config.retention.maxBytes / GIGABYTE,
    ...(config.stack === 'embedded' ? {} : { kafkaBrokers: config.kafka.brokers, postgresDsn: config.postgresDsn }),
  };
  const effective: Record<string, EffectiveSetting> = {};
  for (const key of Object.keys(resolved) as SettingKey[]) {
    const { value, from } = resolved[key];
    const final = key in derived ? derived[key] : value;
    effective[key] = { value: masked(key, final), from: from === 'default' && final !== value ? 'derived' : from };
  }
  return effective;
}

function masked(key: SettingKey, value: unknown): unknown {
  const setting: Setting<unknown> = SETTINGS[key];
  if (!setting.isSecret || value === null) return value;
  return key === 'postgresDsn' && typeof value === 'string' ? maskDsn(value) : '***';
}
