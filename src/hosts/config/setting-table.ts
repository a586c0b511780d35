import { isGroupPrefix, isTopicName } from '../../bus/kafka-names.ts';
import { ROLES } from '../../pipeline/pipeline.ts';
import { FEED_NAMES } from '../../feeds/feed.ts';
import type { FeedName } from '../../feeds/feed.ts';
import { DEFAULT_MOCK_OPTIONS, parseMockOptions } from '../../feeds/mock/mock-options.ts';
import type { MockOptions } from '../../feeds/mock/mock-options.ts';
import { isDatasetName } from '../../market/index.ts';
import { SSL_MODES, parsePostgresDsn } from '../../store/postgres-dsn.ts';
import { setting, withDefault } from './setting.ts';
import type { Setting } from './setting.ts';
import {
  accepted,
  baseUrl,
  brokerList,
  decimal,
  flag,
  integer,
  listOf,
  matching,
  oneOf,
  secretUrl,
  symbolText,
  text,
} from './value-parser.ts';
import type { ValueParser } from './value-parser.ts';

const port = integer(0, 65_535);
const hostPort = integer(1, 65_535);
const period = integer(2, 1_000);
const hostName = matching(/^[A-Za-z0-9.:_[\]-]+$/, 'a host name or address');

const datasetName: ValueParser<string> = {
  expected: 'live, mock or replay-NAME',
  parse: (given) => (isDatasetName(given.trim()) ? given.trim() : undefined),
};

const postgresDsn: ValueParser<string> = {
  expected: 'a postgresql://USER:PASSWORD@HOST:PORT/DATABASE address',
  parse: (given) => {
    parsePostgresDsn(given.trim());
    return given.trim();
  },
};

const speed: ValueParser<number | 'max'> = {
  expected: 'max or a number from 0.1 to 1000000',
  parse: (given) => (given.trim().toLowerCase() === 'max' ? 'max' : decimal(0.1, 1_000_000).parse(given)),
};

const LEVELS = { debug: 'debug', info: 'info', warn: 'warn', error: 'error' } as const;
export type LogLevel = keyof typeof LEVELS;
const LEVEL_WORDS: ReadonlyMap<string, LogLevel> = new Map([
  ...Object.values(LEVELS).map((level) => [level, level] as const),
  ['trace', 'debug'],
  ['notset', 'debug'],
  ['warning', 'warn'],
  ['critical', 'error'],
  ['fatal', 'error'],
]);

const logLevel: ValueParser<LogLevel> = {
  expected: 'one of debug, info, warn, error',
  parse: (given) => LEVEL_WORDS.get(given.trim().toLowerCase()),
};

const feedName = oneOf(...FEED_NAMES);

const useMock: ValueParser<FeedName> = {
  expected: flag.expected,
  parse: (given) => (flag.parse(given) === true ? 'mock' : undefined),
};

const mockOptions: ValueParser<MockOptions> = {
  expected: 'seed=,clock=,session=,faults= with commas between',
  parse: parseMockOptions,
};

const isPythonFormat = (_name: string, given: string): string | null =>
  /%\(\w+\)|\{\w+\}/.test(given) ? 'a format template is not used; logs are json or text' : null;

function threshold(name: string, parser: ValueParser<number>, help: string): Setting<number> {
  return setting([name, `ALERT_${name}`], parser, help);
}

function providerUrl(name: string, kind: 'http' | 'ws'): Setting<string> {
  return setting([name], baseUrl(kind), 'provider address: scheme, host and port');
}

/** Everything a user can configure. The order is that of `--help`. */
export const SETTINGS = {
  stack: withDefault(
    setting(['TAPEDECK_STACK'], oneOf('embedded', 'bundled', 'remote'), 'embedded, bundled or remote', {
      flag: 'stack',
      fromSettings: (settings) => settings.stack ?? null,
    }),
    'embedded',
  ),
  feed: setting(['TAPEDECK_FEED', 'USE_MOCK'], feedName, `one of ${FEED_NAMES.join(', ')}`, {
    flag: 'feed',
    fromSettings: (settings) => settings.feed ?? null,
    parserByName: { USE_MOCK: useMock },
    ignoredBecause: (name, given) =>
      name === 'USE_MOCK' && flag.parse(given) === false ? 'false chooses no feed by itself; use --feed' : null,
  }),
  symbols: withDefault(
    setting(
      ['TAPEDECK_SYMBOLS', 'TICKERS'],
      listOf(symbolText),
      'symbols to stream besides the watchlists; of a replay only these',
      {
        flag: 'symbols',
      },
    ),
    [],
  ),
  roles: setting(['TAPEDECK_ROLES'], listOf(oneOf(...ROLES)), `any of ${ROLES.join(',')}`, { flag: 'roles' }),
  dataset: setting(['TAPEDECK_DATASET'], datasetName, 'live, mock or replay-NAME', { flag: 'dataset' }),

  host: withDefault(setting(['TAPEDECK_HOST'], hostName, 'address to listen on', { flag: 'host' }), '127.0.0.1'),
  port: setting(['TAPEDECK_PORT'], port, 'port to listen on (8484, else the next free one)', { flag: 'port' }),
  metricsPort: setting(['TAPEDECK_METRICS_PORT'], port, 'port for /metrics alone', { flag: 'metrics-port' }),
  url: setting(['TAPEDECK_URL'], baseUrl('http'), 'attach to a running web host and be its screen', { flag: 'url' }),
  token: setting(
    ['TAPEDECK_TOKEN'],
    matching(/^[\x21-\x7e]{16,500}$/, 'at least 16 printable characters without blanks'),
    'bearer token of the HTTP interface',
    { isSecret: true },
  ),
  allowedHosts: withDefault(
    setting(['TAPEDECK_ALLOWED_HOSTS'], listOf(hostName), 'further host names that requests may carry'),
    [],
  ),
  trustProxy: withDefault(setting(['TAPEDECK_TRUST_PROXY'], flag, 'a proxy in front terminates TLS'), false),
  tlsCertificate: setting(['TAPEDECK_TLS_CERT'], text, 'PEM file of the TLS certificate'),
  tlsKey: setting(['TAPEDECK_TLS_KEY'], text, 'PEM file of the TLS key'),

  dataDir: setting(['TAPEDECK_DATA_DIR'], text, 'data folder', { flag: 'data-dir' }),
  configDir: setting(['TAPEDECK_CONFIG_DIR'], text, 'settings folder', { flag: 'config-dir' }),
  replayFile: setting(['TAPEDECK_REPLAY'], text, 'file to replay (NDJSON or CSV, .gz too)', { flag: 'replay' }),
  replaySpeed: withDefault(
    setting(['TAPEDECK_SPEED'], speed, 'replay speed: 1 is real time, max as fast as it goes', { flag: 'speed' }),
    'max',
  ),
  replayColumns: setting(['TAPEDECK_COLUMNS'], text, 'column names of a replayed CSV, in file order', {
    flag: 'columns',
  }),
  recordFile: setting(['TAPEDECK_RECORD'], text, 'write every ingested event to this file', { flag: 'record' }),
  mock: withDefault(
    setting(['TAPEDECK_MOCK'], mockOptions, 'seed=,clock=,session=,faults= of the mock market', { flag: 'mock' }),
    DEFAULT_MOCK_OPTIONS,
  ),

  logLevel: withDefault(
    setting(['TAPEDECK_LOG_LEVEL', 'LOG_LEVEL'], logLevel, 'debug, info, warn or error', { flag: 'log-level' }),
    'info',
  ),
  logFormat: withDefault(
    setting(['TAPEDECK_LOG_FORMAT', 'LOG_FORMAT'], oneOf('json', 'text'), 'json or text lines on stderr', {
      ignoredBecause: isPythonFormat,
    }),
    'text',
  ),
  logFile: setting(['TAPEDECK_LOG_FILE', 'LOG_FILE_PATH'], text, 'log file'),

  kafkaBrokers: setting(['KAFKA_BOOTSTRAP_SERVERS'], brokerList, 'Kafka brokers of --stack bundled or remote'),
  kafkaTopicPrefix: withDefault(
    setting(['KAFKA_TOPIC_PREFIX'], matching(/^[A-Za-z0-9._-]{1,60}$/, 'letters, digits, . _ -'), 'topic prefix'),
    'stock',
  ),
  kafkaBarsTopic: setting(
    ['KAFKA_TOPIC'],
    accepted(isTopicName, 'a topic name: letters, digits, . _ -'),
    'name of the bars topic',
  ),
  kafkaGroup: withDefault(
    setting(['KAFKA_GROUP_ID'], accepted(isGroupPrefix, 'up to 200 printable characters'), 'consumer group prefix'),
    'tapedeck',
  ),
  kafkaStartAt: withDefault(
    setting(['KAFKA_AUTO_OFFSET_RESET'], oneOf('latest', 'earliest'), 'where serve starts reading'),
    'latest',
  ),
  kafkaSecurity: withDefault(
    setting(
      ['KAFKA_SECURITY_PROTOCOL'],
      oneOf('plaintext', 'ssl', 'sasl_plaintext', 'sasl_ssl'),
      'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL',
    ),
    'plaintext',
  ),
  kafkaSaslMechanism: withDefault(
    setting(['KAFKA_SASL_MECHANISM'], oneOf('plain', 'scram-sha-256', 'scram-sha-512'), 'PLAIN or SCRAM-SHA-256/512'),
    'plain',
  ),
  kafkaSaslUsername: setting(['KAFKA_SASL_USERNAME'], text, 'Kafka user'),
  kafkaSaslPassword: setting(['KAFKA_SASL_PASSWORD'], text, 'Kafka password', { isSecret: true }),
  kafkaTlsCa: setting(['KAFKA_SSL_CA'], text, "PEM file of the authority behind the Kafka brokers' certificates"),
  kafkaTlsCertificate: setting(['KAFKA_SSL_CERT'], text, 'PEM file of the certificate shown to Kafka'),
  kafkaTlsKey: setting(['KAFKA_SSL_KEY'], text, 'PEM file of the key to that certificate'),
  kafkaTlsKeyPassword: setting(['KAFKA_SSL_KEY_PASSWORD'], text, 'password of that key', { isSecret: true }),
  kafkaTlsServerName: setting(
    ['KAFKA_SSL_SERVER_NAME'],
    hostName,
    "name in the brokers' certificates, where it is not their address",
  ),
  postgresDsn: setting(['POSTGRES_DSN'], postgresDsn, 'database of --stack bundled or remote', { isSecret: true }),
  postgresHost: setting(['POSTGRES_HOST'], hostName, 'database host'),
  postgresPort: withDefault(setting(['POSTGRES_PORT'], hostPort, 'database port'), 5432),
  postgresDatabase: withDefault(setting(['POSTGRES_DB'], text, 'database name'), 'tapedeck'),
  postgresUser: withDefault(setting(['POSTGRES_USER'], text, 'database user'), 'tapedeck'),
  postgresPassword: setting(['POSTGRES_PASSWORD'], text, 'database password', { isSecret: true }),
  postgresSslMode: setting(['POSTGRES_SSLMODE'], oneOf(...SSL_MODES), `${SSL_MODES.join(', ')}; prefer unless given`),
  postgresSslRootCertificate: setting(['POSTGRES_SSLROOTCERT'], text, 'PEM file of the authority to trust'),
  postgresSslCertificate: setting(['POSTGRES_SSLCERT'], text, 'PEM file of our own certificate'),
  postgresSslKey: setting(['POSTGRES_SSLKEY'], text, 'PEM file of its key'),

  kafkaPort: setting(['KAFKA_PORT'], hostPort, 'port of the bundled Kafka on this machine (9092)'),
  kafkaUiPort: setting(['KAFKA_UI_PORT'], hostPort, 'port of the bundled Kafka UI (8085)'),
  pgadminPort: setting(['PGADMIN_PORT'], hostPort, 'port of the bundled pgAdmin (5050)'),
  prometheusPort: setting(['PROMETHEUS_PORT'], hostPort, 'port of the bundled Prometheus (9090)'),
  grafanaPort: setting(['GRAFANA_PORT'], hostPort, 'port of the bundled Grafana (3000)'),

  alpacaKeyId: setting(['APCA_API_KEY_ID'], text, 'Alpaca key id', { isSecret: true }),
  alpacaSecretKey: setting(['APCA_API_SECRET_KEY'], text, 'Alpaca secret key', { isSecret: true }),
  alpacaDataFeed: withDefault(
    setting(
      ['TAPEDECK_ALPACA_DATA_FEED'],
      oneOf('iex', 'sip', 'delayed_sip', 'test'),
      'iex, sip, delayed_sip or test',
      {
        fromSettings: (settings) => settings.alpacaDataFeed ?? null,
      },
    ),
    'iex',
  ),
  alpacaStreamUrl: providerUrl('ALPACA_STREAM_URL', 'ws'),
  alpacaDataUrl: providerUrl('ALPACA_DATA_URL', 'http'),
  alpacaTradingUrl: providerUrl('ALPACA_TRADING_URL', 'http'),
  pollIntervalSeconds: setting(
    ['POLL_INTERVAL'],
    decimal(0.5, 86_400),
    'seconds between polls of what is not streamed',
  ),

  rsiPeriod: withDefault(setting(['RSI_PERIOD'], period, 'RSI period'), 14),
  smaShortPeriod: withDefault(setting(['SMA_SHORT_PERIOD'], period, 'short SMA period'), 20),
  smaLongPeriod: withDefault(setting(['SMA_LONG_PERIOD'], period, 'long SMA period'), 50),
  emaShortPeriod: withDefault(setting(['EMA_SHORT_PERIOD'], period, 'short EMA period'), 12),
  emaLongPeriod: withDefault(setting(['EMA_LONG_PERIOD'], period, 'long EMA period'), 26),
  bollingerPeriod: withDefault(setting(['BOLLINGER_PERIOD'], period, 'Bollinger period'), 20),
  macdFast: withDefault(setting(['MACD_FAST'], period, 'MACD fast period'), 12),
  macdSlow: withDefault(setting(['MACD_SLOW'], period, 'MACD slow period'), 26),
  macdSignal: withDefault(setting(['MACD_SIGNAL'], period, 'MACD signal period'), 9),
  volatilityPeriod: withDefault(setting(['VOLATILITY_PERIOD'], period, 'rolling volatility period'), 20),

  rsiOverbought: withDefault(threshold('RSI_OVERBOUGHT', decimal(0, 100), 'default level of RSI-over rules'), 70),
  rsiOversold: withDefault(threshold('RSI_OVERSOLD', decimal(0, 100), 'default level of RSI-under rules'), 30),
  volatilityThreshold: withDefault(
    threshold('VOLATILITY_THRESHOLD', decimal(0.000_001, 1_000_000), 'default level of volatility rules'),
    2,
  ),
  priceChangePercent: withDefault(
    threshold('PRICE_CHANGE_THRESHOLD', decimal(0.001, 1_000), 'default percent of price-change rules'),
    2,
  ),
  volumeChangePercent: withDefault(
    threshold('VOLUME_CHANGE_THRESHOLD', decimal(0.001, 1_000_000), 'default percent of volume rules'),
    200,
  ),

  webhookUrl: setting(['TAPEDECK_WEBHOOK_URL'], secretUrl, 'address to which alerts are posted as JSON', {
    isSecret: true,
  }),
  webhookAllowPrivate: withDefault(
    setting(['TAPEDECK_WEBHOOK_ALLOW_PRIVATE'], flag, 'the webhook may lie on a private address'),
    false,
  ),

  tradesDays: withDefault(setting(['TAPEDECK_TRADES_DAYS'], decimal(0.01, 36_500), 'days that trades are kept'), 2),
  minuteCandlesDays: withDefault(
    setting(['TAPEDECK_MINUTE_CANDLES_DAYS'], decimal(1, 36_500), 'days that 1-minute candles are kept'),
    730,
  ),
  maxGigabytes: withDefault(
    setting(
      ['TAPEDECK_MAX_GB'],
      decimal(0.1, 1_000_000),
      'cap on the data folder in GB; where given, also on the database of other stacks',
    ),
    10,
  ),
} satisfies Record<string, Setting<unknown>>;

export type SettingKey = keyof typeof SETTINGS;
export type SettingValues = { readonly [K in SettingKey]: (typeof SETTINGS)[K]['fallback'] };
