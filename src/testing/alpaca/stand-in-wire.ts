import { decode, encode, encodeTimeSpecToTimestamp, ExtData } from '@msgpack/msgpack';
import { parseTimestamp } from '../../market/index.ts';

/** A message as Alpaca's JSON has it; `T` first, times as RFC 3339 text, ids as number or, past 2^53, bigint. */
export type StandInMessage = { readonly T: string } & Readonly<Record<string, unknown>>;

export type WireFormat = 'json' | 'msgpack';

/** Stock channel by message type; corrections and cancels follow the trades. */
export const CHANNEL_OF_TYPE: Readonly<Record<string, string>> = {
  t: 'trades',
  c: 'trades',
  x: 'trades',
  q: 'quotes',
  b: 'bars',
  u: 'updatedBars',
  d: 'dailyBars',
  s: 'statuses',
  l: 'lulds',
  i: 'imbalances',
};

export const STREAM_ERRORS: Readonly<Record<number, string>> = {
  400: 'invalid syntax',
  401: 'not authenticated',
  402: 'auth failed',
  403: 'already authenticated',
  404: 'auth timeout',
  405: 'symbol limit exceeded',
  406: 'connection limit exceeded',
  407: 'slow client',
  409: 'insufficient subscription',
  410: 'invalid subscribe action for this feed',
  411: 'insufficient scope',
  412: 'only MessagePack is supported',
  413: 'star symbol is not allowed for this channel',
  500: 'internal error',
};

export function encodeFrame(messages: readonly StandInMessage[], format: WireFormat): string | Uint8Array {
  if (format === 'json') return jsonOf(messages);
  return encode(messages.map(asMsgpack), { useBigInt64: true });
}

/** A client's frame; throws where it cannot be parsed. */
export function decodeFrame(data: Buffer, isBinary: boolean): unknown {
  return isBinary ? decode(data) : JSON.parse(data.toString('utf8'));
}

/** JSON with integers of any size. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? `bigint:${member}` : member,
  );
  return text.replaceAll(/"bigint:(-?\d+)"/g, '$1');
}

/** Times as the timestamp extension, and large integers as integers: this encoder would write them as floats. */
function asMsgpack(message: StandInMessage): object {
  const wire: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(message)) {
    if (field === 't' && typeof value === 'string') wire[field] = timestampExtension(value);
    else if (Number.isSafeInteger(value) && Math.abs(value as number) >= 2 ** 32) wire[field] = BigInt(value as number);
    else wire[field] = value;
  }
  return wire;
}

function timestampExtension(text: string): ExtData {
  const { timeMs, nanosOfMs } = parseTimestamp(text);
  const sec = Math.floor(timeMs / 1000);
  const nsec = (timeMs - sec * 1000) * 1_000_000 + nanosOfMs;
  return new ExtData(-1, encodeTimeSpecToTimestamp({ sec, nsec }));
}
