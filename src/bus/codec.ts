import {
  badField,
  candleFromJson,
  candleToJson,
  DEAD_LETTER_PAYLOAD_CHARACTERS,
  type JsonObject,
  marketEventFromJson,
  marketEventToJson,
  type MarketEvent,
  readObject,
  TapedeckError,
} from '../market/index.ts';
import type { BadRecord, BusRecord, TopicEvents, TopicKind } from './bus.ts';
import {
  alertFromJson,
  alertToJson,
  controlFromJson,
  controlToJson,
  deadLetterFromJson,
  deadLetterToJson,
  indicatorsFromJson,
  indicatorsToJson,
} from './plain-codec.ts';

/** Of every message; a reader refuses a higher one and ignores fields it does not know. */
export const MESSAGE_VERSION = 1;

const VERSION_HEAD = `{"version":${MESSAGE_VERSION},`;

/** One event as one line of JSON (`resources/schemas/stock-KIND.schema.json`), without a line break in it. */
export function encodeEvent<K extends TopicKind>(kind: K, event: TopicEvents[K]): string {
  return VERSION_HEAD + bodyOf(kind, event).slice(1);
}

/** The reverse of `encodeEvent`, everything checked. Throws `bad-message` naming the field. */
export function decodeEvent<K extends TopicKind>(kind: K, text: string): TopicEvents[K] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TapedeckError('bad-message', `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const object = readObject(value, 'message');
  const version = object['version'];
  if (version !== undefined && version !== MESSAGE_VERSION) throw badField('version', version, `${MESSAGE_VERSION}`);
  return eventOf(kind, object) as TopicEvents[K];
}

/** Appends to one list or the other: a message that cannot be used never stops a stream. */
export function decodeRecord<K extends TopicKind>(
  kind: K,
  offset: number,
  text: string,
  records: BusRecord<K>[],
  badRecords: BadRecord[],
): void {
  try {
    records.push({ offset, event: decodeEvent(kind, text) });
  } catch (error) {
    badRecords.push({
      offset,
      reason: error instanceof Error ? error.message : String(error),
      payload: text.slice(0, DEAD_LETTER_PAYLOAD_CHARACTERS),
    });
  }
}

function bodyOf<K extends TopicKind>(kind: K, event: TopicEvents[K]): string {
  switch (kind) {
    case 'candles':
      return candleToJson(event as TopicEvents['candles']);
    case 'indicators':
      return indicatorsToJson(event as TopicEvents['indicators']);
    case 'alerts':
      return alertToJson(event as TopicEvents['alerts']);
    case 'control':
      return controlToJson(event as TopicEvents['control']);
    case 'dead-letters':
      return deadLetterToJson(event as TopicEvents['dead-letters']);
    default:
      return marketEventToJson(event as MarketEvent);
  }
}

function eventOf(kind: TopicKind, object: JsonObject): TopicEvents[TopicKind] {
  switch (kind) {
    case 'trades':
      return marketEvent(object, TRADE_TYPES, 'trade, correction or cancel');
    case 'quotes':
      return marketEvent(object, QUOTE_TYPES, 'quote');
    case 'bars':
      return marketEvent(object, BAR_TYPES, 'bar');
    case 'statuses':
      return marketEvent(object, STATUS_TYPES, 'status');
    case 'candles':
      return candleFromJson(object);
    case 'indicators':
      return indicatorsFromJson(object);
    case 'alerts':
      return alertFromJson(object);
    case 'control':
      return controlFromJson(object);
    default:
      return deadLetterFromJson(object);
  }
}

const TRADE_TYPES: readonly MarketEvent['type'][] = ['trade', 'correction', 'cancel'];
const QUOTE_TYPES: readonly MarketEvent['type'][] = ['quote'];
const BAR_TYPES: readonly MarketEvent['type'][] = ['bar'];
const STATUS_TYPES: readonly MarketEvent['type'][] = ['status'];

// Where a message came from is never guessed: the three are checked to be there before the defaults could be used.
const UNUSED_DEFAULTS = { source: 'live', provider: '', receivedMs: 0 } as const;

function marketEvent(object: JsonObject, types: readonly MarketEvent['type'][], expected: string): MarketEvent {
  if (object['source'] === undefined) throw badField('source', undefined, 'live, backfill, replay or mock');
  if (typeof object['provider'] !== 'string') throw badField('provider', object['provider'], 'a text');
  if (object['received'] === undefined) throw badField('received', undefined, 'an RFC 3339 time');
  if (!(types as readonly unknown[]).includes(object['type'])) throw badField('type', object['type'], expected);
  return marketEventFromJson(object, UNUSED_DEFAULTS);
}
