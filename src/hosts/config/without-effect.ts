import type { Config } from './config.ts';
import { SETTINGS } from './setting-table.ts';
import type { SettingKey } from './setting-table.ts';
import type { Setting } from './setting.ts';

const KAFKA_TLS_KEYS: readonly SettingKey[] = [
  'kafkaTlsCa',
  'kafkaTlsCertificate',
  'kafkaTlsKey',
  'kafkaTlsKeyPassword',
  'kafkaTlsServerName',
];
const KAFKA_SASL_KEYS: readonly SettingKey[] = ['kafkaSaslMechanism', 'kafkaSaslUsername', 'kafkaSaslPassword'];
export const KAFKA_SECURITY_KEYS: readonly SettingKey[] = ['kafkaSecurity', ...KAFKA_SASL_KEYS, ...KAFKA_TLS_KEYS];
const KAFKA_KEYS: readonly SettingKey[] = [
  'kafkaBrokers',
  'kafkaTopicPrefix',
  'kafkaBarsTopic',
  'kafkaGroup',
  'kafkaStartAt',
  ...KAFKA_SECURITY_KEYS,
];
export const POSTGRES_PART_KEYS: readonly SettingKey[] = [
  'postgresHost',
  'postgresPort',
  'postgresDatabase',
  'postgresUser',
  'postgresPassword',
];
export const POSTGRES_TLS_KEYS: readonly SettingKey[] = [
  'postgresSslMode',
  'postgresSslRootCertificate',
  'postgresSslCertificate',
  'postgresSslKey',
];

const ALPACA_KEYS: readonly SettingKey[] = [
  'alpacaKeyId',
  'alpacaSecretKey',
  'alpacaStreamUrl',
  'alpacaDataUrl',
  'alpacaTradingUrl',
];

/** One sentence about each thing that was given and that this configuration, as a whole, has no use for. */
export function withoutEffect(config: Config, isGiven: (key: SettingKey) => boolean): readonly string[] {
  const { feed, stack, roles, dataset } = config;
  const notes: string[] = [];
  const note = (keys: readonly SettingKey[], why: string): void => {
    notes.push(...noteOn(keys.filter(isGiven), why));
  };
  if (stack === 'embedded') {
    const why = 'the embedded stack is running and uses no service; choose --stack remote';
    note([...KAFKA_KEYS, 'postgresDsn', ...POSTGRES_PART_KEYS, ...POSTGRES_TLS_KEYS], why);
  } else {
    if (isGiven('postgresDsn')) note(POSTGRES_PART_KEYS, 'POSTGRES_DSN is given too, says all of it and counts');
    if (config.kafka.tls === null) note(KAFKA_TLS_KEYS, 'KAFKA_SECURITY_PROTOCOL is neither SSL nor SASL_SSL');
    if (config.kafka.sasl === null)
      note(KAFKA_SASL_KEYS, 'KAFKA_SECURITY_PROTOCOL is neither SASL_PLAINTEXT nor SASL_SSL');
    if (dataset !== 'live')
      note(['kafkaBarsTopic'], `names the bars topic of live data; dataset ${dataset} has its own`);
    if (!roles.has('serve'))
      note(['kafkaStartAt'], 'only serve starts where it is told; the other roles go on where they were');
  }
  if (config.hostKind === 'desktop' && config.attachUrl !== null) {
    note(['metricsPort', 'port', 'host'], `this desktop only shows ${config.attachUrl} and serves nothing itself`);
  }
  if (!roles.has('notify'))
    note(['webhookUrl', 'webhookAllowPrivate'], 'the notify role, which posts alerts, runs elsewhere');
  if (feed !== 'mock' && isGiven('mock')) notes.push(`--mock: has no effect on --feed ${feed}`);
  if (config.replay === null && (isGiven('replaySpeed') || isGiven('replayColumns'))) {
    notes.push('--speed and --columns: have no effect without --replay');
  }
  if (feed !== 'alpaca') {
    note(ALPACA_KEYS, `--feed ${feed} does not use Alpaca; choose --feed alpaca`);
    note(['pollIntervalSeconds'], `has no effect on --feed ${feed}, which streams everything`);
  }
  return notes;
}

/** One sentence about all of these keys; none where there are no keys. */
export function noteOn(keys: readonly SettingKey[], why: string): readonly string[] {
  const names = keys.map((key) => nameOf(SETTINGS[key]) ?? key);
  return names.length === 0 ? [] : [`${names.join(', ')}: ${why}`];
}

function nameOf({ flag, names }: Setting<unknown>): string | undefined {
  return flag === null ? names[0] : `--${flag}`;
}
