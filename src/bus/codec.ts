import {
  badField,
  candleFromJson,
  candleToJson,
  DEAD_LETTER_PAYLOAD_CHARACTERS,
  type JsonObject,
  marketEventFromJson,
  marketEventToJson,
  type MarketEvent,
  readId,
  readObject,
  TapedeckError,
} from '../market/index.ts';
import type { BadRecord, BusRecord, TopicEvents, TopicKind } from './bus.ts';
import { checkCandle, checkIndicators, checkMarketEvent } from './event-check.ts';
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

/**
 * One event as one line of JSON (`resources/schemas/stock-KIND.schema.json`), without a line break in it. Throws
 * `bad-message` naming the field for an event that the schema forbids: no reader could use it.
 */
export function encodeEvent<K extends TopicKind>(kind: K, event: TopicEvents[K]): string {
  try {
    return VERSION_HEAD + bodyOf(kind, event).slice(1);
  } catch (cause) {
    throw TapedeckError.from(cause, 'bad-message');
  }
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
  if (version !== undefined && version !== MESSAGE_VERSION) throw wrongVersion(version);
  return eventOf(kind, object) as TopicEvents[K];
}

function wrongVersion(version: unknown): TapedeckError {
  if (typeof version !== 'number' || !Number.isInteger(version) || version < MESSAGE_VERSION) {
    return badField('version', version, `${MESSAGE_VERSION}`);
  }
  const message = `written in version ${version} of its schema by a newer program; this one reads up to version ${MESSAGE_VERSION}: update TapeDeck here, then take the message in again`;
  return new TapedeckError('bad-message', message);
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
      checkCandle(event as TopicEvents['candles']);
      return candleToJson(event as TopicEvents['candles']);
    case 'indicators':
      checkIndicators(event as TopicEvents['indicators']);
      return indicatorsToJson(event as TopicEvents['indicators']);
    case 'alerts':
      return readable(kind, alertToJson(event as TopicEvents['alerts']));
    case 'control':
      return readable(kind, controlToJson(event as TopicEvents['control']));
    case 'dead-letters':
      return readable(kind, deadLetterToJson(event as TopicEvents['dead-letters']));
    default:
      checkType(kind, (event as MarketEvent).type);
      checkMarketEvent(event as MarketEvent);
      return marketEventToJson(event as MarketEvent);
  }
}

/** These are few: reading them back says whether they can be read. */
function readable(kind: TopicKind, json: string): string {
  decodeEvent(kind, json);
  return json;
}

function eventOf(kind: TopicKind, object: JsonObject): TopicEvents[TopicKind] {
  switch (kind) {
    case 'trades':
    case 'quotes':
    case 'bars':
    case 'statuses':
      return marketEvent(kind, object);
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

const TYPES: Readonly<Record<'trades' | 'quotes' | 'bars' | 'statuses', readonly unknown[]>> = {
  trades: ['trade', 'correction', 'cancel'],
  quotes: ['quote'],
  bars: ['bar'],
  statuses: ['status'],
};

// Where a message came from is never guessed: the three are checked to be there before the defaults could be used.
const UNUSED_DEFAULTS = { source: 'live', provider: '', receivedMs: 0 } as const;

function marketEvent(kind: keyof typeof TYPES, object: JsonObject): MarketEvent {
  if (object['source'] === undefined) throw badField('source', undefined, 'live, backfill, replay or mock');
  if (typeof object['provider'] !== 'string') throw badField('provider', object['provider'], 'a text');
  if (object['received'] === undefined) throw badField('received', undefined, 'an RFC 3339 time');
  checkType(kind, object['type']);
  // A replay file may name an amended trade by `id`; here one name has to do.
  if ((object['type'] === 'cancel' || object['type'] === 'correction') && readId(object, 'originalId') === null) {
    throw badField('originalId', object['originalId'], 'the id of the amended trade');
  }
  return marketEventFromJson(object, UNUSED_DEFAULTS);
}

function checkType(kind: keyof typeof TYPES, type: unknown): void {
  if (!TYPES[kind].includes(type)) throw badField('type', type, TYPES[kind].join(', '));
}
