import { TapedeckError } from './tapedeck-error.ts';

/** Reads fields of a parsed JSON object by hand: a schema library costs more than the rest of the decoding. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Throws `bad-message`; the message names the field and shows what it held. */
export function badField(field: string, value: unknown, expected: string): TapedeckError {
  // Binary formats carry integers, and computations numbers, that JSON cannot write.
  const asText = (_key: string, member: unknown): unknown =>
    typeof member === 'bigint' || (typeof member === 'number' && !Number.isFinite(member)) ? String(member) : member;
  const shown = value === undefined ? 'missing' : (JSON.stringify(value, asText) ?? typeof value).slice(0, 60);
  return new TapedeckError('bad-message', `${field}: expected ${expected}, got ${shown}`);
}

export function readObject(value: unknown, field: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badField(field, value, 'an object');
  return value as JsonObject;
}

export function readPositive(object: JsonObject, field: string): number {
  const value = object[field];
  if (typeof value === 'number' && value > 0 && value < Infinity) return value;
  throw badField(field, value, 'a positive number');
}

export function readNonNegative(object: JsonObject, field: string): number {
  const value = object[field];
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  throw badField(field, value, 'a number of at least 0');
}

export function readCount(object: JsonObject, field: string): number {
  const value = object[field];
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return value;
  throw badField(field, value, 'a whole number of at least 0');
}

export function readText(object: JsonObject, field: string, missing: string): string {
  const value = object[field];
  if (value === undefined || value === null) return missing;
  if (typeof value === 'string') return value;
  throw badField(field, value, 'a text');
}

export function readFlag(object: JsonObject, field: string, missing: boolean): boolean {
  const value = object[field];
  if (value === undefined || value === null) return missing;
  if (typeof value === 'boolean') return value;
  throw badField(field, value, 'true or false');
}

/** Of an id, a venue or a code, in Unicode characters: four of them are the key of a row, and an index takes 2.7 KB. */
const LABEL_CHARACTERS = 200;
const LABEL = `a text of at most ${LABEL_CHARACTERS} characters`;

function isLabel(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  // A character is one or two code units.
  if (value.length <= LABEL_CHARACTERS) return true;
  return value.length <= 2 * LABEL_CHARACTERS && Array.from(value).length <= LABEL_CHARACTERS;
}

/** `readText` for what the store keeps in a key, or beside each of millions of rows. */
export function readLabel(object: JsonObject, field: string, missing: string): string {
  const value = object[field];
  if (value === undefined || value === null) return missing;
  if (isLabel(value)) return value;
  throw badField(field, value, LABEL);
}

export function readLabels(object: JsonObject, field: string): readonly string[] {
  const values = readTexts(object, field);
  for (let at = 0; at < values.length; at++) if (!isLabel(values[at])) throw badField(field, values[at], LABEL);
  return values;
}

const NO_TEXTS: readonly string[] = Object.freeze([]);

export function readTexts(object: JsonObject, field: string): readonly string[] {
  const value = object[field];
  if (value === undefined || value === null) return NO_TEXTS;
  if (!Array.isArray(value)) throw badField(field, value, 'a list of texts');
  for (let at = 0; at < value.length; at++) {
    if (typeof value[at] !== 'string') throw badField(field, value, 'a list of texts');
  }
  return value as readonly string[];
}

/** Ids may be numbers on the wire; one past 2^53 has lost digits by now and would collide with others. */
export function readId(object: JsonObject, field: string): string | null {
  const value = object[field];
  if (value === undefined || value === null || value === '') return null;
  if (isLabel(value)) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw badField(field, value, `${LABEL} or a whole number below 2^53`);
}

/** Upper-case tickers such as AAPL, BRK.B, BTC/USD or ^GSPC, 1 to 20 characters. */
export function readSymbol(object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value === 'string' && isSymbol(value)) return value;
  throw badField(field, value, 'a ticker such as AAPL, BRK.B or BTC/USD');
}

export function isSymbol(text: string): boolean {
  if (text.length === 0 || text.length > 20) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isAlphanumeric = (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
    // . / ^ = -
    const isMark = code === 46 || code === 47 || code === 94 || code === 61 || code === 45;
    if (!isAlphanumeric && !(isMark && (at > 0 || code === 94))) return false;
  }
  return true;
}

/** A JSON string; short plain texts, nearly all there are, skip the general encoder. */
export function quoteText(text: string): string {
  if (text.length > 40) return JSON.stringify(text);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 32 || code > 126 || code === 34 || code === 92) return JSON.stringify(text);
  }
  return `"${text}"`;
}

const FRACTIONS = Array.from({ length: 10_000 }, (_, units) =>
  `.${String(units).padStart(4, '0')}`.replace(/\.?0+$/, ''),
);

/** The same text as `String(value)`, four times as fast for the prices and sizes that markets quote. */
export function numberText(value: number): string {
  const units = Math.round(value * 10_000);
  // Below 15 significant digits a decimal that reads back as the value is also its shortest text.
  if (value < 0 || value > 1e9 || units / 10_000 !== value) return String(value);
  const whole = Math.floor(value);
  const fraction = units - whole * 10_000;
  return fraction === 0 ? String(whole) : String(whole) + (FRACTIONS[fraction] ?? '');
}

/** Of a bar or candle; throws `bad-message` where they do not enclose each other. */
export function readPrices(object: JsonObject): {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
} {
  const open = readPositive(object, 'open');
  const high = readPositive(object, 'high');
  const low = readPositive(object, 'low');
  const close = readPositive(object, 'close');
  if (high < open || high < close || high < low) throw badField('high', high, 'the highest of the four prices');
  if (low > open || low > close) throw badField('low', low, 'the lowest of the four prices');
  return { open, high, low, close };
}
