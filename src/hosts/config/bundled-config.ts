import { parsePostgresDsn } from '../../store/postgres-dsn.ts';
import { foreignServerKeys } from './foreign-servers.ts';
import { SETTINGS } from './setting-table.ts';
import type { SettingKey, SettingValues } from './setting-table.ts';

/** Name of the file, beside the settings, that remembers with what the bundled stack was started; it holds the passwords. */
export const STACK_ENVIRONMENT_FILE = 'bundled-stack.env';

/** What docker-compose.yml is started with, whichever stack is running now. */
export interface BundledConfig {
  /** Absolute path of the file for `docker compose --env-file`; it may not be there yet. */
  readonly environmentFile: string;
  /** Names of that file; `POSTGRES_PASSWORD` is missing until somebody gave or made one. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The file of the bundled stack, as found. */
export interface StackFile {
  readonly path: string;
  readonly values: Readonly<Record<string, string>>;
}

const PORTS = {
  KAFKA_PORT: ['kafkaPort', 9092],
  POSTGRES_PORT: ['postgresPort', 5432],
  KAFKA_UI_PORT: ['kafkaUiPort', 8085],
  PGADMIN_PORT: ['pgadminPort', 5050],
  PROMETHEUS_PORT: ['prometheusPort', 9090],
  GRAFANA_PORT: ['grafanaPort', 3000],
} as const satisfies Record<string, readonly [SettingKey, number]>;

/** What was given wins over what the stack was started with last, and that over the defaults. */
export function composeBundled(
  values: SettingValues,
  isGiven: (key: SettingKey) => boolean,
  file: StackFile,
): BundledConfig {
  const foreign = new Set(foreignServerKeys(values));
  const isOwn = (key: SettingKey): boolean => isGiven(key) && !foreign.has(key);
  const environment: Record<string, string> = { ...file.values };
  for (const [name, [key, fallback]] of Object.entries(PORTS)) {
    const given = isOwn(key) ? values[key] : null;
    environment[name] = String(given ?? file.values[name] ?? fallback);
  }
  const chosen = (key: 'postgresDatabase' | 'postgresUser', name: string): string =>
    isOwn(key) ? values[key] : (file.values[name] ?? SETTINGS[key].fallback);
  environment['POSTGRES_DB'] = chosen('postgresDatabase', 'POSTGRES_DB');
  environment['POSTGRES_USER'] = chosen('postgresUser', 'POSTGRES_USER');
  if (isOwn('postgresPassword') && values.postgresPassword !== null) {
    environment['POSTGRES_PASSWORD'] = values.postgresPassword;
  }
  return {
    environmentFile: file.path,
    environment: foreign.has('postgresDsn') ? environment : { ...environment, ...partsOf(values.postgresDsn) },
  };
}

/** Address of the bundled database as the app reaches it: the given one, with the user and password that it leaves out. */
export function bundledDsn({ environment }: BundledConfig, given: string | null): string {
  const part = (name: string): string => encodeURIComponent(environment[name] ?? '');
  const url = new URL(given ?? `postgresql://127.0.0.1:${part('POSTGRES_PORT')}/${part('POSTGRES_DB')}`);
  if (url.username !== '' && url.password !== '') return given ?? url.href;
  if (url.username === '') url.username = part('POSTGRES_USER');
  if (url.password === '') url.password = part('POSTGRES_PASSWORD');
  return url.href;
}

/** A given address on this machine can only mean the bundled database, which is then made with what it says. */
function partsOf(dsn: string | null): Readonly<Record<string, string>> {
  if (dsn === null) return {};
  const { port, database, user, password } = parsePostgresDsn(dsn);
  return {
    POSTGRES_PORT: String(port),
    POSTGRES_DB: database,
    ...(user === '' ? {} : { POSTGRES_USER: user }),
    ...(password === '' ? {} : { POSTGRES_PASSWORD: password }),
  };
}
