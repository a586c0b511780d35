import { parsePostgresDsn } from '../../store/postgres-dsn.ts';
import type { SettingKey, SettingValues } from './setting-table.ts';
import { isLoopbackHost } from './value-parser.ts';
import { KAFKA_SECURITY_KEYS, POSTGRES_PART_KEYS, POSTGRES_TLS_KEYS } from './without-effect.ts';

type Addresses = Pick<SettingValues, 'kafkaBrokers' | 'postgresDsn' | 'postgresHost'>;

/**
 * What describes a broker or database that is not on this machine, and so not those of docker-compose.yml: its address, and
 * with it the user, the password and the certificates meant for that server.
 */
export function foreignServerKeys({ kafkaBrokers, postgresDsn, postgresHost }: Addresses): readonly SettingKey[] {
  const keys: SettingKey[] = [];
  const areBrokersHere = kafkaBrokers?.every((broker) => isLoopbackHost(broker.replace(/:\d+$/, ''))) ?? true;
  if (!areBrokersHere) keys.push('kafkaBrokers', ...KAFKA_SECURITY_KEYS);
  const isDsnHere = postgresDsn === null || isLoopbackHost(parsePostgresDsn(postgresDsn).host);
  if (!isDsnHere) keys.push('postgresDsn');
  const isHostHere = postgresHost === null || isLoopbackHost(postgresHost);
  if (!isHostHere) keys.push(...POSTGRES_PART_KEYS);
  if (!isDsnHere || (postgresDsn === null && !isHostHere)) keys.push(...POSTGRES_TLS_KEYS);
  return keys;
}
