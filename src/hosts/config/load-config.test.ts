import { describe, expect, test } from 'vitest';
import { loadGiven as load, refusalOf as refusal } from '../../testing/given-config.ts';
import type { GivenConfig } from '../../testing/given-config.ts';
import { checkConfigText } from './check-config.ts';
import type { Config } from './config.ts';
import { IGNORED_NAMES } from './ignored-names.ts';

const REMOTE = {
  TAPEDECK_STACK: 'remote',
  KAFKA_BOOTSTRAP_SERVERS: 'k1:9093,k2',
  POSTGRES_DSN: 'postgresql://u:secret-password@db/x',
};

/** Name, a value in the style of the pipelines it comes from, and what must come of it. */
const HONOURED: readonly (readonly [string, string, (config: Config) => unknown, unknown])[] = [
  ['KAFKA_BOOTSTRAP_SERVERS', 'kafka:29092', (c) => c.kafka.brokers, ['kafka:29092']],
  ['KAFKA_TOPIC', 'stock-data', (c) => c.kafka.barsTopic, 'stock-data'],
  ['KAFKA_TOPIC_PREFIX', 'desk', (c) => c.kafka.topicPrefix, 'desk'],
  ['KAFKA_GROUP_ID', 'stock-consumer', (c) => c.kafka.group, 'stock-consumer'],
  ['KAFKA_GROUP_ID', 'my:group of Kafka', (c) => c.kafka.group, 'my:group of Kafka'],
  ['KAFKA_AUTO_OFFSET_RESET', 'earliest', (c) => c.kafka.startAt, 'earliest'],
  ['POSTGRES_DSN', 'postgres://a:b@h:1/d', (c) => c.postgresDsn, 'postgres://a:b@h:1/d'],
  ['TICKERS', 'AAPL, msft', (c) => c.symbols, ['AAPL', 'MSFT']],
  ['USE_MOCK', 'True', (c) => c.feed, 'mock'],
  ['APCA_API_KEY_ID', 'key', (c) => c.alpaca.keyId, 'key'],
  ['APCA_API_SECRET_KEY', 'secret', (c) => c.alpaca.secretKey, 'secret'],
  ['POLL_INTERVAL', '60', (c) => c.alpaca.pollIntervalMs, 60_000],
  ['RSI_PERIOD', '9', (c) => c.indicatorPeriods.rsi, 9],
  ['SMA_SHORT_PERIOD', '10', (c) => c.indicatorPeriods.smaShort, 10],
  ['SMA_LONG_PERIOD', '100', (c) => c.indicatorPeriods.smaLong, 100],
  ['EMA_SHORT_PERIOD', '8', (c) => c.indicatorPeriods.emaShort, 8],
  ['EMA_LONG_PERIOD', '21', (c) => c.indicatorPeriods.emaLong, 21],
  ['BOLLINGER_PERIOD', '18', (c) => c.indicatorPeriods.bollinger, 18],
  ['MACD_FAST', '5', (c) => c.indicatorPeriods.macdFast, 5],
  ['MACD_SLOW', '35', (c) => c.indicatorPeriods.macdSlow, 35],
  ['MACD_SIGNAL', '5', (c) => c.indicatorPeriods.macdSignal, 5],
  ['VOLATILITY_PERIOD', '30', (c) => c.indicatorPeriods.volatility, 30],
  ['RSI_OVERBOUGHT', '80', (c) => c.alertThresholds.rsiOverbought, 80],
  ['RSI_OVERSOLD', '20', (c) => c.alertThresholds.rsiOversold, 20],
  ['VOLATILITY_THRESHOLD', '0.05', (c) => c.alertThresholds.volatility, 0.05],
  ['PRICE_CHANGE_THRESHOLD', '5.0', (c) => c.alertThresholds.priceChangePercent, 5],
  ['VOLUME_CHANGE_THRESHOLD', '150', (c) => c.alertThresholds.volumeChangePercent, 150],
  ['ALERT_RSI_OVERBOUGHT', '80', (c) => c.alertThresholds.rsiOverbought, 80],
  ['ALERT_RSI_OVERSOLD', '20', (c) => c.alertThresholds.rsiOversold, 20],
  ['ALERT_VOLATILITY_THRESHOLD', '0.05', (c) => c.alertThresholds.volatility, 0.05],
  ['ALERT_PRICE_CHANGE_THRESHOLD', '5.0', (c) => c.alertThresholds.priceChangePercent, 5],
  ['ALERT_VOLUME_CHANGE_THRESHOLD', '150', (c) => c.alertThresholds.volumeChangePercent, 150],
  ['LOG_LEVEL', 'WARNING', (c) => c.log.level, 'warn'],
  ['LOG_FORMAT', 'json', (c) => c.log.format, 'json'],
  ['LOG_FILE_PATH', 'logs/x.log', (c) => c.log.file, '/work-here/logs/x.log'],
  ['ALPACA_STREAM_URL', 'ws://127.0.0.1:9001', (c) => c.alpaca.streamUrl, 'ws://127.0.0.1:9001'],
  ['ALPACA_DATA_URL', 'https://data.example', (c) => c.alpaca.dataUrl, 'https://data.example'],
  ['ALPACA_TRADING_URL', 'http://localhost:9002', (c) => c.alpaca.tradingUrl, 'http://localhost:9002'],
];

describe('names of existing pipelines', () => {
  test.each(HONOURED)('%s=%s is honoured', (name, value, pick, expected) => {
    const loaded = load({ environment: { ...REMOTE, TAPEDECK_FEED: '', [name]: value } });
    expect(pick(loaded.config)).toEqual(expected);
    expect(Object.values(loaded.effective).map((setting) => setting.from)).toContain(`environment ${name}`);
  });

  test.each([
    ['POSTGRES_HOST', 'db.example', 'postgresql://tapedeck@db.example:5432/tapedeck'],
    ['POSTGRES_PORT', '5433', 'postgresql://tapedeck@127.0.0.1:5433/tapedeck'],
    ['POSTGRES_DB', 'stocks', 'postgresql://tapedeck@127.0.0.1:5432/stocks'],
    ['POSTGRES_USER', 'bob', 'postgresql://bob@127.0.0.1:5432/tapedeck'],
    ['POSTGRES_PASSWORD', 'p@ss', 'postgresql://tapedeck:p%40ss@127.0.0.1:5432/tapedeck'],
  ])('%s=%s becomes part of the database address', (name, value, dsn) => {
    const environment = { ...REMOTE, POSTGRES_DSN: '', POSTGRES_HOST: '127.0.0.1', [name]: value };
    expect(load({ environment }).config.postgresDsn).toBe(dsn);
  });

  test.each(IGNORED_NAMES.map(({ name }) => name))('%s is reported once as ignored, with a reason', (name) => {
    const { ignored } = load({ environment: { [name]: '1' }, files: { '/work-here/.env': `${name}=2` } });
    expect(ignored.filter((line) => line.startsWith(`${name}: `) && line.length > name.length + 12)).toHaveLength(1);
  });

  test('every name that the design promises is known', () => {
    const promised =
      `KAFKA_BOOTSTRAP_SERVERS KAFKA_TOPIC KAFKA_GROUP_ID KAFKA_AUTO_OFFSET_RESET POSTGRES_HOST POSTGRES_PORT POSTGRES_DB
      POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DSN TICKERS POLL_INTERVAL USE_MOCK APCA_API_KEY_ID APCA_API_SECRET_KEY
      POLYGON_API_KEY API_KEY ALPHAVANTAGE_API_KEY RSI_PERIOD SMA_SHORT_PERIOD SMA_LONG_PERIOD EMA_SHORT_PERIOD
      EMA_LONG_PERIOD BOLLINGER_PERIOD MACD_FAST MACD_SLOW MACD_SIGNAL VOLATILITY_PERIOD RSI_CALC_FREQUENCY
      SMA_CALC_FREQUENCY EMA_CALC_FREQUENCY BOLLINGER_CALC_FREQUENCY MACD_CALC_FREQUENCY VOLATILITY_CALC_FREQUENCY
      RSI_OVERBOUGHT RSI_OVERSOLD VOLATILITY_THRESHOLD PRICE_CHANGE_THRESHOLD VOLUME_CHANGE_THRESHOLD ARIMA_MAX_P
      ARIMA_MAX_D ARIMA_MAX_Q ARIMA_SEASONAL ARIMA_FORECAST_STEPS ARIMA_CONFIDENCE_LEVEL ARIMA_MIN_OBSERVATIONS
      LR_MODEL_PATH ML_WINDOW_SIZE PREDICTION_HORIZON RETRAIN_FREQUENCY MIN_TRAINING_SAMPLES TEST_SIZE RANDOM_STATE
      ML_MODEL_UPDATE_FREQUENCY ML_PREDICTION_CONFIDENCE_THRESHOLD MAX_MESSAGES BATCH_SIZE CACHE_SIZE
      PERFORMANCE_CACHE_SIZE PERFORMANCE_BATCH_SIZE LOG_PERFORMANCE_FREQUENCY SKIP_INVALID_DATA SKIP_EXTREME_VALUES
      STOP_ON_CRITICAL_ERROR MAX_RETRIES RETRY_DELAY LOG_LEVEL LOG_FORMAT LOG_FILE_PATH DEBUG_DB_CONFIG
      KAFKA_ENABLE_AUTO_COMMIT ALPACA_STREAM_URL ALPACA_DATA_URL ALPACA_TRADING_URL POLYGON_REST_URL POLYGON_STREAM_URL
      ALPHAVANTAGE_URL YAHOO_URL`.split(/\s+/);
    const known = new Set([
      ...HONOURED.map(([name]) => name),
      ...IGNORED_NAMES.map(({ name }) => name),
      'POSTGRES_HOST',
      'POSTGRES_PORT',
      'POSTGRES_DB',
      'POSTGRES_USER',
      'POSTGRES_PASSWORD',
    ]);
    expect(promised.filter((name) => !known.has(name))).toEqual([]);
  });

  test('a name of ours without a setting is reported, and so is the file of what is no secret', () => {
    const environment = { TAPEDECK_PROT: '1', TAPEDECK_TLS_KEY_FILE: '/key.pem', TAPEDECK_TOKEN_FILE: '/token' };
    const { ignored } = load({ environment, files: { '/token': 'long-enough-a-token' } });
    expect(ignored).toEqual(
      ['TAPEDECK_PROT', 'TAPEDECK_TLS_KEY_FILE'].map(
        (name) => `${name}: there is no setting of this name (see --help)`,
      ),
    );
  });

  test('the mark that Windows editors begin a file with is no part of its first name', () => {
    const { config } = load({ files: { '/work-here/.env': '\uFEFFTAPEDECK_PORT=9000\r\nTICKERS=KO\r\n' } });
    expect([config.web.port, config.symbols]).toEqual([9000, ['KO']]);
  });

  test('a word that JavaScript knows is no log level', () => {
    expect(refusal({ args: ['--log-level', 'constructor'] })).toContain('must be one of debug, info, warn, error');
  });

  test('a log format template of another program is ignored, not refused', () => {
    const { config, ignored } = load({ environment: { LOG_FORMAT: '%(asctime)s - %(message)s' } });
    expect(config.log.format).toBe('text');
    expect(ignored.join()).toContain('LOG_FORMAT: ');
  });

  test('USE_MOCK=false chooses nothing and says so', () => {
    const { config, ignored } = load({ environment: { USE_MOCK: 'false' }, settings: { feed: 'alpaca' } });
    expect(config.feed).toBe('alpaca');
    expect(ignored.join()).toContain('USE_MOCK');
  });

  test('Kafka and PostgreSQL names alone leave the embedded stack running, and one line says so', () => {
    const { config, ignored } = load({ environment: { KAFKA_BOOTSTRAP_SERVERS: 'k:1', POSTGRES_HOST: 'h' } });
    expect(config.stack).toBe('embedded');
    expect(ignored).toEqual([
      'KAFKA_BOOTSTRAP_SERVERS, POSTGRES_HOST: the embedded stack is running and uses no service; choose --stack remote',
    ]);
  });

  test('of two names for one thing one counts, and that is said once', () => {
    const environment = {
      RSI_OVERBOUGHT: '75',
      ALERT_RSI_OVERBOUGHT: '85',
      ALERT_RSI_OVERSOLD: '20',
      LOG_LEVEL: 'info',
    };
    const { config, ignored } = load({
      environment,
      files: { '/work-here/.env': 'ALERT_RSI_OVERBOUGHT=90\nTAPEDECK_LOG_LEVEL=debug' },
    });
    expect(config.alertThresholds).toMatchObject({ rsiOverbought: 75, rsiOversold: 20 });
    expect(config.log.level).toBe('info');
    expect(ignored).toEqual([
      'TAPEDECK_LOG_LEVEL: LOG_LEVEL is given too, means the same and counts',
      'ALERT_RSI_OVERBOUGHT: RSI_OVERBOUGHT is given too, means the same and counts',
    ]);
  });

  test('what this configuration has no use for is said in one line each', () => {
    const embedded = {
      POSTGRES_PORT: '5433',
      APCA_API_KEY_ID: 'k',
      ALPACA_DATA_URL: 'https://d.example',
      POLL_INTERVAL: '9',
    };
    expect(load({ environment: embedded, secrets: { APCA_API_SECRET_KEY: 'saved' } }).ignored).toEqual([
      'POSTGRES_PORT: the embedded stack is running and uses no service; choose --stack remote',
      'APCA_API_KEY_ID, ALPACA_DATA_URL: --feed mock does not use Alpaca; choose --feed alpaca',
      'POLL_INTERVAL: has no effect on --feed mock, which streams everything',
    ]);
    const services = { ...REMOTE, POSTGRES_USER: 'bob', KAFKA_TOPIC: 'bars', KAFKA_AUTO_OFFSET_RESET: 'earliest' };
    expect(load({ hostKind: 'worker', environment: services }).ignored).toEqual([
      'POSTGRES_USER: POSTGRES_DSN is given too, says all of it and counts',
      'KAFKA_TOPIC: names the bars topic of live data; dataset mock has its own',
      'KAFKA_AUTO_OFFSET_RESET: only serve starts where it is told; the other roles go on where they were',
    ]);
  });

  test.each([
    ['--replay', { args: ['--replay', '/f/day.csv'] }],
    ['--feed replay', { args: ['--feed', 'replay', '--roles', 'serve'] }],
  ])('TICKERS chooses nothing from %s and says so; TAPEDECK_SYMBOLS and --symbols do', (_name, given) => {
    const note = 'TICKERS: a replay plays every symbol of its file; --symbols chooses among them';
    const files = { '/work-here/.env': 'TICKERS=AAPL,MSFT' };
    const alone = load({ ...given, files });
    expect(alone.config.symbols).toEqual([]);
    expect(alone.ignored).toEqual([note]);
    const named = load({ ...given, files: { '/work-here/.env': 'TAPEDECK_SYMBOLS=F\nTICKERS=AAPL,MSFT' } });
    expect(named.config.symbols).toEqual(['F']);
    expect(named.ignored).toEqual([note]);
    const outranked = load({
      ...given,
      environment: { TICKERS: 'AAPL' },
      files: { '/work-here/.env': 'TAPEDECK_SYMBOLS=F' },
    });
    expect(outranked.config.symbols).toEqual(['F']);
    const flagged = load({ args: [...given.args, '--symbols', 'TSLA'], files });
    expect(flagged.config.symbols).toEqual(['TSLA']);
    expect(flagged.ignored).toEqual([note]);
  });

  test('a desktop that only shows another host says what it does not serve', () => {
    const args = ['--url', 'https://desk.example', '--metrics-port', '9464'];
    expect(load({ hostKind: 'desktop', args }).ignored).toEqual([
      '--metrics-port: this desktop only shows https://desk.example and serves nothing itself',
    ]);
  });

  test('a misspelt name of our own is pointed out', () => {
    expect(load({ environment: { TAPEDECK_STAK: 'remote' } }).ignored.join()).toContain('TAPEDECK_STAK');
  });
});

describe('precedence', () => {
  test('goes flag, environment, .env here, .env of the settings folder, settings file, default', () => {
    const files = { '/work-here/.env': 'TAPEDECK_FEED=alpaca', '/p/config/.env': 'TAPEDECK_FEED=mock\nRSI_PERIOD=7' };
    const settings = { feed: 'mock' } as const;
    const from = (given: GivenConfig): unknown => load(given).effective['feed'];
    expect(from({ args: ['--feed', 'mock'], environment: { TAPEDECK_FEED: 'alpaca' }, files, settings })).toEqual({
      value: 'mock',
      from: 'flag --feed',
    });
    expect(from({ environment: { TAPEDECK_FEED: 'mock' }, files })).toMatchObject({
      from: 'environment TAPEDECK_FEED',
    });
    expect(from({ files, settings })).toEqual({ value: 'alpaca', from: '/work-here/.env TAPEDECK_FEED' });
    expect(from({ settings })).toEqual({ value: 'mock', from: 'settings file' });
    expect(load({ files }).config.indicatorPeriods.rsi).toBe(7);
  });

  test('the settings folder lies inside a data folder that was given', () => {
    const { config } = load({ args: ['--data-dir', 'd'] });
    expect([config.dataDir, config.configDir]).toEqual(['/work-here/d', '/work-here/d/config']);
    expect(load().config.configDir).toBe('/p/config');
  });

  test('a secret comes from NAME_FILE where the name itself is absent, and saved secrets come last', () => {
    const files = { '/run/key': 'from-file\n' };
    const environment = { APCA_API_KEY_ID_FILE: '/run/key' };
    expect(load({ environment, files, secrets: { APCA_API_KEY_ID: 'saved' } }).config.alpaca.keyId).toBe('from-file');
    expect(load({ secrets: { APCA_API_KEY_ID: 'saved' } }).config.alpaca.keyId).toBe('saved');
    expect(refusal({ environment })).toContain('APCA_API_KEY_ID_FILE: /run/key');
  });
});

describe('refusals', () => {
  test.each([
    [['--stack', 'cloud'], '--stack: "cloud" must be one of embedded, bundled, remote'],
    [['--port', '99999'], '--port: "99999" must be a whole number from 0 to 65535'],
    [['--symbols', 'AAPL,<b>'], '--symbols: "AAPL,<b>" must be a comma-separated list'],
    [['--roles', 'ingest,cook'], '--roles: "ingest,cook" must be'],
    [['--dataset', 'Live'], '--dataset: "Live" must be live, mock or replay-NAME'],
    [['--speed', '0', '--replay', 'x'], '--speed: "0" must be max or a number'],
    [['--mock', 'seed=x'], '--mock: "seed=x": --mock seed: "x" is not right'],
    [['--mock', 'sede=1'], '--mock: "sede=1"'],
    [['--replay', 'missing.csv'], '--replay: there is no file /work-here/missing.csv'],
    [['--feed', 'replay'], '--feed: replay needs --replay FILE'],
    [['--feed', 'mock', '--replay', 'x.ndjson'], '--replay: cannot be combined with --feed mock'],
    [['--feed', 'mock', '--dataset', 'live'], '--dataset: live cannot take what --feed mock sends; it must be mock'],
    [['--replay', 'x.csv', '--dataset', 'mock'], 'it must be replay-NAME'],
    [['--stack', 'remote'], 'KAFKA_BOOTSTRAP_SERVERS: --stack remote needs it'],
    [['--host', '0.0.0.0'], 'TAPEDECK_TOKEN must be set'],
    [['--url', 'http://desk.example'], '--url: "http://desk.example" must be a https://'],
    [['--url', 'https://desk.example'], '--url: only the desktop app and export attach'],
    [['--log-level', 'loud'], '--log-level: "loud"'],
  ])('%j is refused by name', (args, message) => {
    expect(refusal({ args })).toContain(message);
  });

  test.each([
    ['RSI_PERIOD', 'abc', 'RSI_PERIOD: "abc" must be a whole number'],
    ['MACD_FAST', '40', 'MACD_FAST: 40 must be below MACD_SLOW'],
    ['ALPACA_STREAM_URL', 'ws://example.com', 'ALPACA_STREAM_URL: "ws://example.com" must be a wss://'],
    ['ALPACA_DATA_URL', 'https://data.example/v2', 'ALPACA_DATA_URL'],
    ['KAFKA_BOOTSTRAP_SERVERS', 'k1:9092,k2:99999', 'KAFKA_BOOTSTRAP_SERVERS: "k1:9092,k2:99999" must be HOST:PORT'],
    ['KAFKA_TOPIC', '..', 'KAFKA_TOPIC: ".." must be a topic name'],
    ['TAPEDECK_TOKEN', 'short', 'TAPEDECK_TOKEN: *** must be'],
    ['POSTGRES_DSN', 'mysql://u:hunter2@h', 'POSTGRES_DSN: ***: POSTGRES_DSN begins with mysql:'],
  ])('%s=%s is refused by name', (name, value, message) => {
    expect(refusal({ environment: { [name]: value } })).toContain(message);
  });

  test('a name that two topics would share is refused at once, where there is a bus of topics', () => {
    const environment = { ...REMOTE, KAFKA_TOPIC: 'stock-trades' };
    const args = ['--feed', 'alpaca'];
    expect(refusal({ args, environment })).toContain('KAFKA_TOPIC=stock-trades names the bars topic, but another');
    expect(refusal({ args, environment: { ...environment, TAPEDECK_STACK: 'embedded' } })).toBe('accepted');
    expect(refusal({ args, environment, hostKind: 'export' })).toBe('accepted');
  });

  test('a certificate shown to Kafka needs its key, and is told when nothing is encrypted', () => {
    const files = { KAFKA_SSL_CERT: 'client.pem', KAFKA_SSL_CA: 'ca.pem' };
    expect(refusal({ environment: { ...REMOTE, KAFKA_SECURITY_PROTOCOL: 'SSL', ...files } })).toContain(
      'KAFKA_SSL_CERT and KAFKA_SSL_KEY: must be given together',
    );
    expect(load({ environment: { ...REMOTE, ...files } }).ignored).toEqual([
      'KAFKA_SSL_CA, KAFKA_SSL_CERT: KAFKA_SECURITY_PROTOCOL is neither SSL nor SASL_SSL',
    ]);
    const secured = { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA: 'ca.pem', KAFKA_SSL_SERVER_NAME: 'kafka.test' };
    const { config } = load({ environment: { ...REMOTE, ...secured } });
    expect(config.kafka.tls).toMatchObject({ caFile: '/work-here/ca.pem', serverName: 'kafka.test' });
  });

  test('everything that is wrong is said at once', () => {
    const said = refusal({ environment: { RSI_PERIOD: 'x', MACD_SLOW: 'y' } });
    expect(said.split('\n')).toHaveLength(2);
  });

  test('an unknown flag is refused', () => {
    expect(refusal({ args: ['--stak', 'remote'] })).toContain("'--stak'");
  });

  test('a worker for Alpaca without keys is refused; a screen starts so that keys can be typed', () => {
    expect(refusal({ hostKind: 'worker', args: ['--feed', 'alpaca'] })).toContain('APCA_API_KEY_ID');
    expect(refusal({ hostKind: 'desktop', args: ['--feed', 'alpaca'] })).toBe('accepted');
  });

  test('an address for other machines needs a token and TLS or a stated proxy', () => {
    const token = { TAPEDECK_TOKEN: 'a'.repeat(32) };
    const args = ['--host', '0.0.0.0'];
    expect(refusal({ args, environment: token })).toContain('TAPEDECK_TLS_CERT');
    const figures = { hostKind: 'worker', args: [...args, '--metrics-port', '9464'] } as const;
    expect(refusal(figures)).toContain('TAPEDECK_TOKEN');
    expect(refusal({ ...figures, environment: token })).toContain('TAPEDECK_TLS_CERT');
    expect(refusal({ args, environment: { ...token, TAPEDECK_TRUST_PROXY: '1' } })).toBe('accepted');
  });
});

describe('what follows from what', () => {
  test.each([
    [[], 'mock', 'mock'],
    [['--feed', 'alpaca'], 'alpaca', 'live'],
    [['--replay', '/tmp/Day One.ndjson.gz'], 'replay', 'replay-day-one'],
    [['--replay', 'x.csv', '--dataset', 'replay-mine'], 'replay', 'replay-mine'],
  ])('%j gives feed %s and dataset %s', (args, feed, dataset) => {
    const { config } = load({ args });
    expect([config.feed, config.dataset]).toEqual([feed, dataset]);
  });

  test.each([
    ['POSTGRES_DSN', 'postgresql://u:hidden%@db/x'],
    ['POSTGRES_HOST', 'db[1'],
  ])('%s=%s is refused by its name, not by how the address was read', (name, value) => {
    const said = refusal({ environment: { ...REMOTE, POSTGRES_DSN: '', [name]: value } });
    expect(said).toMatch(new RegExp(`^${name}: `));
    expect(said).not.toContain('hidden');
  });

  test('export takes any dataset: it only reads', () => {
    expect(load({ hostKind: 'export', args: ['--dataset', 'replay-mine'] }).config.dataset).toBe('replay-mine');
  });

  test('export from a database needs no broker', () => {
    const environment = { TAPEDECK_STACK: 'remote', POSTGRES_DSN: REMOTE.POSTGRES_DSN };
    expect(refusal({ hostKind: 'export', environment })).toBe('accepted');
    expect(refusal({ hostKind: 'web', environment })).toContain('KAFKA_BOOTSTRAP_SERVERS');
  });

  test('the stack chosen in Settings counts until something else is said', () => {
    expect(load({ settings: { stack: 'bundled' } }).config.stack).toBe('bundled');
    expect(load({ settings: { stack: 'bundled' }, args: ['--stack', 'embedded'] }).config.stack).toBe('embedded');
  });

  test('one process does everything on the embedded stack; on services a screen serves and workers do the rest', () => {
    expect([...load().config.roles]).toEqual(['ingest', 'analyze', 'persist', 'notify', 'serve']);
    expect([...load({ environment: REMOTE }).config.roles]).toEqual(['serve']);
    expect([...load({ environment: REMOTE, hostKind: 'worker' }).config.roles]).toEqual([
      'ingest',
      'analyze',
      'persist',
      'notify',
    ]);
  });

  test('--check-config shows where each value came from and no secret', () => {
    const printed = checkConfigText(load({ environment: { ...REMOTE, APCA_API_SECRET_KEY: 'hidden-key' } }));
    const report = JSON.parse(printed) as { settings: Record<string, { value: unknown; from: string }> };
    expect(report.settings['postgresDsn']).toEqual({
      value: 'postgresql://u:***@db/x',
      from: 'environment POSTGRES_DSN',
    });
    expect(report.settings['rsiPeriod']).toEqual({ value: 14, from: 'default' });
    expect(printed).not.toMatch(/secret-password|hidden-key/);
  });
});
