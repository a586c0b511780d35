import {
  type Alert,
  type AlertCondition,
  badField,
  type ControlMessage,
  type DeadLetter,
  formatTimestamp,
  type IndicatorSet,
  type Interval,
  isInterval,
  type JsonObject,
  parseEventTime,
  readCount,
  readFlag,
  readNonNegative,
  readObject,
  readPositive,
  readSymbol,
  readTexts,
} from '../market/index.ts';

/** The messages without a market event or candle in them: JSON names are those of the types, times are ISO 8601. */
export function indicatorsToJson(set: IndicatorSet): string {
  return JSON.stringify({
    symbol: set.symbol,
    interval: set.interval,
    openTime: formatTimestamp(set.openTimeMs),
    revision: set.revision,
    isClosed: set.isClosed,
    values: set.values,
  });
}

export function indicatorsFromJson(object: JsonObject): IndicatorSet {
  const values = readObject(object['values'], 'values');
  for (const name in values) readNumber(values, name);
  return {
    symbol: readSymbol(object, 'symbol'),
    interval: readInterval(object, 'interval'),
    openTimeMs: readTime(object, 'openTime'),
    revision: readCount(object, 'revision'),
    isClosed: readFlag(object, 'isClosed', false),
    values: values as Readonly<Record<string, number>>,
  };
}

export function alertToJson(alert: Alert): string {
  const { timeMs, ...rest } = alert;
  return JSON.stringify({ ...rest, time: formatTimestamp(timeMs) });
}

export function alertFromJson(object: JsonObject): Alert {
  return {
    id: readRequiredText(object, 'id'),
    ruleId: readRequiredText(object, 'ruleId'),
    symbol: readSymbol(object, 'symbol'),
    condition: readCondition(readObject(object['condition'], 'condition')),
    timeMs: readTime(object, 'time'),
    price: readPositive(object, 'price'),
    value: readNumber(object, 'value'),
    message: readRequiredText(object, 'message'),
  };
}

export function controlToJson(message: ControlMessage): string {
  const { timeMs, ...rest } = message;
  return JSON.stringify({ ...rest, time: formatTimestamp(timeMs) });
}

const CONTROL_KINDS: readonly ControlMessage['kind'][] = [
  'subscriptions-changed',
  'alert-rules-changed',
  'backfill-requested',
];

export function controlFromJson(object: JsonObject): ControlMessage {
  const kind = CONTROL_KINDS.find((known) => known === object['kind']);
  if (kind === undefined) throw badField('kind', object['kind'], CONTROL_KINDS.join(', '));
  if (!Array.isArray(object['symbols'])) throw badField('symbols', object['symbols'], 'a list of texts');
  return {
    kind,
    client: readRequiredText(object, 'client'),
    timeMs: readTime(object, 'time'),
    symbols: readTexts(object, 'symbols'),
  };
}

export function deadLetterToJson(letter: DeadLetter): string {
  const { timeMs, ...rest } = letter;
  return JSON.stringify({ ...rest, time: formatTimestamp(timeMs) });
}

export function deadLetterFromJson(object: JsonObject): DeadLetter {
  return {
    origin: readRequiredText(object, 'origin'),
    topic: readRequiredText(object, 'topic'),
    partition: object['partition'] === null ? null : readCount(object, 'partition'),
    position: object['position'] === null ? null : readCount(object, 'position'),
    reason: readRequiredText(object, 'reason'),
    payload: readRequiredText(object, 'payload'),
    timeMs: readTime(object, 'time'),
  };
}

function readCondition(object: JsonObject): AlertCondition {
  const kind = object['kind'];
  switch (kind) {
    case 'price-above':
    case 'price-below':
    case 'price-crossing':
      return { kind, price: readPositive(object, 'price') };
    case 'percent-change':
      return { kind, percent: readNumber(object, 'percent'), windowMs: readPositive(object, 'windowMs') };
    case 'rsi-above':
    case 'rsi-below':
    case 'volatility-above':
      return { kind, level: readNonNegative(object, 'level'), interval: readInterval(object, 'interval') };
    case 'volume-above-average':
      return { kind, percent: readNumber(object, 'percent'), interval: readInterval(object, 'interval') };
    default:
      throw badField('condition.kind', kind, 'the kind of an alert rule');
  }
}

function readRequiredText(object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value === 'string') return value;
  throw badField(field, value, 'a text');
}

function readNumber(object: JsonObject, field: string): number {
  const value = object[field];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw badField(field, value, 'a number');
}

function readInterval(object: JsonObject, field: string): Interval {
  const value = object[field];
  if (typeof value === 'string' && isInterval(value)) return value;
  throw badField(field, value, 'an interval');
}

function readTime(object: JsonObject, field: string): number {
  const value = object[field];
  if (typeof value === 'string') return parseEventTime(value).timeMs;
  throw badField(field, value, 'an RFC 3339 time');
}
