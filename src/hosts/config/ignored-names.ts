/** A name from an existing `.env` that has no effect here, and the reason a user is told once. */
export interface IgnoredName {
  readonly name: string;
  readonly reason: string;
}

const NO_FORECASTS = 'forecasts are not part of this version';
const EVERY_TRADE = 'indicators are updated with every trade';
const NO_PROVIDER = 'this provider is not part of this version; use --feed alpaca or mock';
const OWN_BATCHING = 'batches and queues are sized and bounded by the pipeline itself';
const NEVER_SKIPPED = 'bad data always goes to the dead letters with its reason and never stops the stream';
const OWN_RETRIES = 'retries back off by themselves and do not give up';

const FREQUENCY_PREFIXES = [
  'RSI',
  'SMA',
  'SMA_SHORT',
  'SMA_LONG',
  'EMA',
  'EMA_SHORT',
  'EMA_LONG',
  'BOLLINGER',
  'MACD',
  'VOLATILITY',
] as const;

export const IGNORED_NAMES: readonly IgnoredName[] = [
  ...because(
    EVERY_TRADE,
    FREQUENCY_PREFIXES.map((prefix) => `${prefix}_CALC_FREQUENCY`),
  ),
  ...because(NO_FORECASTS, [
    'ARIMA_MAX_P',
    'ARIMA_MAX_D',
    'ARIMA_MAX_Q',
    'ARIMA_SEASONAL',
    'ARIMA_FORECAST_STEPS',
    'ARIMA_CONFIDENCE_LEVEL',
    'ARIMA_MIN_OBSERVATIONS',
    'ARIMA_CALC_FREQUENCY',
    'LR_MODEL_PATH',
    'ML_WINDOW_SIZE',
    'PREDICTION_HORIZON',
    'RETRAIN_FREQUENCY',
    'MIN_TRAINING_SAMPLES',
    'TEST_SIZE',
    'RANDOM_STATE',
    'ML_MODEL_UPDATE_FREQUENCY',
    'ML_PREDICTION_CONFIDENCE_THRESHOLD',
  ]),
  ...because(NO_PROVIDER, [
    'POLYGON_API_KEY',
    'API_KEY',
    'ALPHAVANTAGE_API_KEY',
    'POLYGON_REST_URL',
    'POLYGON_STREAM_URL',
    'ALPHAVANTAGE_URL',
    'YAHOO_URL',
  ]),
  ...because(OWN_BATCHING, ['BATCH_SIZE', 'CACHE_SIZE', 'PERFORMANCE_CACHE_SIZE', 'PERFORMANCE_BATCH_SIZE']),
  ...because('figures are always there at /metrics', ['LOG_PERFORMANCE_FREQUENCY']),
  ...because('the stream runs until it is stopped; --replay ends with its file', ['MAX_MESSAGES']),
  ...because(NEVER_SKIPPED, ['SKIP_INVALID_DATA', 'SKIP_EXTREME_VALUES', 'STOP_ON_CRITICAL_ERROR']),
  ...because(OWN_RETRIES, ['MAX_RETRIES', 'RETRY_DELAY']),
  ...because('--check-config prints the database settings with secrets masked', ['DEBUG_DB_CONFIG']),
  ...because('positions are stored with the rows they belong to; committing by time would lose or repeat trades', [
    'KAFKA_ENABLE_AUTO_COMMIT',
  ]),
];

function because(reason: string, names: readonly string[]): readonly IgnoredName[] {
  return names.map((name) => ({ name, reason }));
}
