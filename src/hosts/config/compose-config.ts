import { resolve, join } from 'node:path';
import { topicNames } from '../../bus/topics.ts';
import type { TopicNaming } from '../../bus/topics.ts';
import { TapedeckError, datasetTopicPrefix, replayDatasetName } from '../../market/index.ts';
import type { FeedName } from '../../feeds/feed.ts';
import type { DatasetName } from '../../market/index.ts';
import { ROLES } from '../../pipeline/pipeline.ts';
import type { Role } from '../../pipeline/pipeline.ts';
import { bundledDsn, composeBundled } from './bundled-config.ts';
import type { BundledConfig, StackFile } from './bundled-config.ts';
import type { Config, Folders, HostKind, KafkaConfig, WebConfig } from './config.ts';
import type { SettingKey, SettingValues } from './setting-table.ts';
import { isLoopbackHost } from './value-parser.ts';
import { withoutEffect } from './without-effect.ts';

const DEFAULT_PORT = 8484;

const DAY_MS = 86_400_000;
const AGELESS_DAYS = 36_500;
export const GIGABYTE = 1_000_000_000;

export interface ComposeInput {
  readonly hostKind: HostKind;
  readonly values: SettingValues;
  readonly isGiven: (key: SettingKey) => boolean;
  readonly folders: Folders;
  readonly stackFile: StackFile;
  readonly workingDir: string;
  readonly fileExists: (path: string) => boolean;
}

export interface ComposedConfig {
  readonly config: Config;
  /** What is wrong between values that are each right. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** Derives what nobody said and checks what only the whole can show. */
export function composeConfig(input: ComposeInput): ComposedConfig {
  const { values, folders, isGiven } = input;
  const problems: string[] = [];
  const bundled = composeBundled(values, isGiven, input.stackFile);
  const roles = composeRoles(input);
  const feed = composeFeed(input, roles, problems);
  const replayFile = values.replayFile === null ? null : resolve(input.workingDir, values.replayFile);
  if (replayFile !== null && !input.fileExists(replayFile)) problems.push(`--replay: there is no file ${replayFile}`);
  const config: Config = {
    hostKind: input.hostKind,
    stack: values.stack,
    feed,
    dataset: composeDataset(values, feed, roles, problems),
    wasDatasetAsked: values.dataset !== null,
    symbols: values.symbols,
    roles,
    dataDir: folders.dataDir,
    configDir: folders.configDir,
    attachUrl: values.url,
    web: composeWeb(input, problems),
    metricsPort: values.metricsPort,
    replay:
      replayFile === null
        ? null
        : {
            file: replayFile,
            speed: values.replaySpeed,
            columns: values.replayColumns,
          },
    recordFile: values.recordFile === null ? null : resolve(input.workingDir, values.recordFile),
    mock: values.mock,
    kafka: {
      brokers: values.kafkaBrokers ?? [`127.0.0.1:${bundled.environment['KAFKA_PORT']}`],
      topicPrefix: values.kafkaTopicPrefix,
      barsTopic: values.kafkaBarsTopic,
      group: values.kafkaGroup,
      startAt: values.kafkaStartAt,
      tls: composeKafkaTls(input, problems),
      sasl: composeKafkaSasl(values, problems),
    },
    postgresDsn: values.stack === 'embedded' ? null : withTls(composeDsn(values, bundled, problems), input, problems),
    bundled,
    alpaca: {
      keyId: values.alpacaKeyId,
      secretKey: values.alpacaSecretKey,
      dataFeed: values.alpacaDataFeed,
      streamUrl: values.alpacaStreamUrl,
      dataUrl: values.alpacaDataUrl,
      tradingUrl: values.alpacaTradingUrl,
      pollIntervalMs: values.pollIntervalSeconds === null ? null : values.pollIntervalSeconds * 1000,
    },
    webhook: values.webhookUrl === null ? null : { url: values.webhookUrl, allowsPrivate: values.webhookAllowPrivate },
    indicatorPeriods: {
      rsi: values.rsiPeriod,
      smaShort: values.smaShortPeriod,
      smaLong: values.smaLongPeriod,
      emaShort: values.emaShortPeriod,
      emaLong: values.emaLongPeriod,
      bollinger: values.bollingerPeriod,
      bollingerDeviations: 2,
      macdFast: values.macdFast,
      macdSlow: values.macdSlow,
      macdSignal: values.macdSignal,
      volatility: values.volatilityPeriod,
    },
    alertThresholds: {
      rsiOverbought: values.rsiOverbought,
      rsiOversold: values.rsiOversold,
      volatility: values.volatilityThreshold,
      priceChangePercent: values.priceChangePercent,
      volumeChangePercent: values.volumeChangePercent,
    },
    retention: {
      tradesMs: daysKept(values.tradesDays, feed === 'replay' && !isGiven('tradesDays')),
      minuteCandlesMs: daysKept(values.minuteCandlesDays, feed === 'replay' && !isGiven('minuteCandlesDays')),
      maxBytes: values.stack === 'embedded' || isGiven('maxGigabytes') ? values.maxGigabytes * GIGABYTE : null,
    },
    log: {
      level: values.logLevel,
      format: values.logFormat,
      file:
        values.logFile === null
          ? join(folders.logDir, `tapedeck-${input.hostKind}.log`)
          : resolve(input.workingDir, values.logFile),
    },
  };
  checkPairs(values, problems);
  checkStack(input, problems);
  checkTopics(config, problems);
  if (input.hostKind === 'worker' && feed === 'alpaca' && roles.has('ingest')) checkAlpacaKeys(values, problems);
  if (values.url !== null && (input.hostKind === 'web' || input.hostKind === 'worker')) {
    problems.push(`--url: only the desktop app and export attach to another host, not a ${input.hostKind} host`);
  }
  return { config, problems, notes: withoutEffect(config, isGiven) };
}

/** A replayed file may be of any year: its age says nothing, so only a stated age or the size cap removes from it. */
function daysKept(days: number, isAgeless: boolean): number {
  return (isAgeless ? AGELESS_DAYS : days) * DAY_MS;
}

/** On one machine the screen's process does everything; on a remote stack it serves and workers do the rest. Export only reads. */
function composeRoles({ hostKind, values }: ComposeInput): ReadonlySet<Role> {
  if (hostKind === 'export') return new Set();
  if (values.roles !== null) return new Set(values.roles);
  if (values.stack === 'embedded' || (values.stack === 'bundled' && hostKind !== 'worker')) return new Set(ROLES);
  if (hostKind === 'worker') return new Set(ROLES.filter((role) => role !== 'serve'));
  return new Set(['serve']);
}

function composeFeed({ values, isGiven }: ComposeInput, roles: ReadonlySet<Role>, problems: string[]): FeedName {
  if (values.replayFile !== null) {
    if (values.feed !== null && values.feed !== 'replay' && isGiven('feed')) {
      problems.push(`--replay: cannot be combined with --feed ${values.feed}; leave one of them out`);
    }
    return 'replay';
  }
  if (values.feed === 'replay' && roles.has('ingest')) problems.push('--feed: replay needs --replay FILE');
  return values.feed ?? 'mock';
}

function composeDataset(
  values: SettingValues,
  feed: FeedName,
  roles: ReadonlySet<Role>,
  problems: string[],
): DatasetName {
  const own = feed === 'replay' ? replayDatasetName(values.replayFile ?? '') : feed === 'mock' ? 'mock' : 'live';
  const asked = values.dataset;
  if (asked === null) return own;
  const doesFit = feed === 'replay' ? asked.startsWith('replay-') : asked === own;
  if (roles.has('ingest') && !doesFit) {
    const right = feed === 'replay' ? 'replay-NAME' : own;
    problems.push(`--dataset: ${asked} cannot take what --feed ${feed} sends; it must be ${right}`);
  }
  return asked;
}

function composeWeb(input: ComposeInput, problems: string[]): WebConfig {
  const { values, isGiven, workingDir } = input;
  const hasCertificate = values.tlsCertificate !== null;
  if (hasCertificate !== (values.tlsKey !== null)) {
    problems.push('TAPEDECK_TLS_CERT and TAPEDECK_TLS_KEY: must be given together');
  }
  if (!isLoopbackHost(values.host)) {
    if (values.token === null) {
      problems.push(`--host: ${values.host} is reachable from other machines, so TAPEDECK_TOKEN must be set`);
    }
    if (!hasCertificate && !values.trustProxy) {
      problems.push(
        `--host: ${values.host} is reachable from other machines, so TAPEDECK_TLS_CERT and TAPEDECK_TLS_KEY must be set, ` +
          'or TAPEDECK_TRUST_PROXY=1 where a proxy in front does TLS',
      );
    }
  }
  return {
    host: values.host,
    port: values.port ?? DEFAULT_PORT,
    wasPortAsked: isGiven('port'),
    token: values.token,
    allowedHosts: values.allowedHosts,
    doesTrustProxy: values.trustProxy,
    tls:
      values.tlsCertificate === null || values.tlsKey === null
        ? null
        : {
            certificateFile: resolve(workingDir, values.tlsCertificate),
            keyFile: resolve(workingDir, values.tlsKey),
          },
  };
}

function composeKafkaTls({ values, workingDir }: ComposeInput, problems: string[]): KafkaConfig['tls'] {
  const pathOf = (file: string | null): string | null => (file === null ? null : resolve(workingDir, file));
  const { kafkaTlsCa, kafkaTlsCertificate, kafkaTlsKey, kafkaTlsKeyPassword, kafkaTlsServerName } = values;
  if (!values.kafkaSecurity.endsWith('ssl')) return null;
  if ((kafkaTlsCertificate === null) !== (kafkaTlsKey === null)) {
    problems.push('KAFKA_SSL_CERT and KAFKA_SSL_KEY: must be given together');
  }
  return {
    caFile: pathOf(kafkaTlsCa),
    certificateFile: pathOf(kafkaTlsCertificate),
    keyFile: pathOf(kafkaTlsKey),
    keyPassword: kafkaTlsKeyPassword,
    serverName: kafkaTlsServerName,
  };
}

function composeKafkaSasl(values: SettingValues, problems: string[]): KafkaConfig['sasl'] {
  if (!values.kafkaSecurity.startsWith('sasl')) return null;
  const username = values.kafkaSaslUsername;
  const password = values.kafkaSaslPassword;
  if (username !== null && password !== null) return { mechanism: values.kafkaSaslMechanism, username, password };
  problems.push(`KAFKA_SECURITY_PROTOCOL: ${values.kafkaSecurity} needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`);
  return null;
}

/** What the address does not say itself; file names are those of the folder that TapeDeck was started in. */
function withTls(dsn: string, { values, workingDir }: ComposeInput, problems: string[]): string {
  if (!URL.canParse(dsn)) return dsn;
  const url = new URL(dsn);
  const given = {
    sslmode: values.postgresSslMode,
    sslrootcert: values.postgresSslRootCertificate,
    sslcert: values.postgresSslCertificate,
    sslkey: values.postgresSslKey,
  };
  for (const [name, value] of Object.entries(given)) {
    if (value !== null && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const file = url.searchParams.get(name);
    if (file !== null) url.searchParams.set(name, resolve(workingDir, file));
  }
  if (url.searchParams.has('sslcert') !== url.searchParams.has('sslkey')) {
    problems.push('POSTGRES_SSLCERT and POSTGRES_SSLKEY: must be given together');
  }
  return url.search === new URL(dsn).search ? dsn : url.toString();
}

function composeDsn(values: SettingValues, bundled: BundledConfig, problems: string[]): string {
  if (values.stack === 'bundled') return bundledDsn(bundled, values.postgresDsn);
  if (values.postgresDsn !== null) return values.postgresDsn;
  const user = encodeURIComponent(values.postgresUser);
  const password = values.postgresPassword === null ? '' : `:${encodeURIComponent(values.postgresPassword)}`;
  const host = values.postgresHost ?? '127.0.0.1';
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const dsn = `postgresql://${user}${password}@${address}:${values.postgresPort}/${encodeURIComponent(values.postgresDatabase)}`;
  if (!URL.canParse(dsn)) problems.push(`POSTGRES_HOST: ${JSON.stringify(host)} must be a host name or address`);
  return dsn;
}

function checkPairs(values: SettingValues, problems: string[]): void {
  if (values.macdFast >= values.macdSlow) {
    problems.push(`MACD_FAST: ${values.macdFast} must be below MACD_SLOW (${values.macdSlow})`);
  }
  if (values.rsiOversold >= values.rsiOverbought) {
    problems.push(`RSI_OVERSOLD: ${values.rsiOversold} must be below RSI_OVERBOUGHT (${values.rsiOverbought})`);
  }
}

function checkStack({ hostKind, values }: ComposeInput, problems: string[]): void {
  if (values.stack !== 'remote') return;
  const readsBus = hostKind !== 'export';
  if (readsBus && values.kafkaBrokers === null)
    problems.push('KAFKA_BOOTSTRAP_SERVERS: --stack remote needs it, as HOST:PORT');
  if (values.postgresDsn === null && values.postgresHost === null) {
    problems.push(
      'POSTGRES_DSN: --stack remote needs it (or POSTGRES_HOST), as postgresql://USER:PASSWORD@HOST/DATABASE',
    );
  }
}

/** As the bus does when it is opened. */
function checkTopics({ hostKind, stack, dataset, kafka }: Config, problems: string[]): void {
  if (stack === 'embedded' || hostKind === 'export') return;
  try {
    topicNames(topicNaming(kafka, dataset));
  } catch (error) {
    problems.push(TapedeckError.from(error).userMessage);
  }
}

/** Only live data has a bars topic of the user's own name: others would mix with it. */
export function topicNaming(
  { topicPrefix, barsTopic }: Pick<KafkaConfig, 'topicPrefix' | 'barsTopic'>,
  dataset: DatasetName,
): TopicNaming {
  return { prefix: datasetTopicPrefix(topicPrefix, dataset), barsTopic: dataset === 'live' ? barsTopic : null };
}

function checkAlpacaKeys(values: SettingValues, problems: string[]): void {
  for (const [name, value] of [
    ['APCA_API_KEY_ID', values.alpacaKeyId],
    ['APCA_API_SECRET_KEY', values.alpacaSecretKey],
  ] as const) {
    if (value === null) problems.push(`${name}: --feed alpaca needs it; get a free key at https://alpaca.markets`);
  }
}
