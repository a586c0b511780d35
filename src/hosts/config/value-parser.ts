import { isBrokerAddress } from '../../bus/kafka-names.ts';
import { SYMBOL_DESCRIPTION, SYMBOL_PATTERN, TapedeckError } from '../../market/index.ts';

/**
 * Turns text from a flag, the environment or a file into a value. `undefined` means that the text is wrong; a thrown
 * `TapedeckError` says more closely what would be right.
 */
export interface ValueParser<T> {
  /** What would have been right, as it ends the sentence "... must be". */
  readonly expected: string;
  parse(text: string): T | undefined;
}

export type ParsedValue<T> = { readonly value: T } | { readonly wrong: string };

/** `wrong` ends the sentence that begins with the name and the text. */
export function parseValue<T>(parser: ValueParser<T>, given: string): ParsedValue<T> {
  try {
    const value = parser.parse(given);
    if (value !== undefined) return { value };
  } catch (error) {
    if (error instanceof TapedeckError) return { wrong: `: ${error.message}` };
    // A foreign message may show a secret that the text holds.
  }
  return { wrong: ` must be ${parser.expected}` };
}

export const text: ValueParser<string> = {
  expected: 'some text',
  parse: (given) => (given.trim() === '' ? undefined : given.trim()),
};

export function integer(minimum: number, maximum: number): ValueParser<number> {
  return {
    expected: `a whole number from ${minimum} to ${maximum}`,
    parse: (given) => {
      const trimmed = given.trim();
      if (!/^[+-]?\d{1,15}$/.test(trimmed)) return undefined;
      const value = Number(trimmed);
      return value >= minimum && value <= maximum ? value : undefined;
    },
  };
}

export function decimal(minimum: number, maximum: number): ValueParser<number> {
  return {
    expected: `a number from ${minimum} to ${maximum}`,
    parse: (given) => {
      const value = given.trim() === '' ? Number.NaN : Number(given);
      return value >= minimum && value <= maximum ? value : undefined;
    },
  };
}

const TRUE_WORDS = new Set(['1', 'true', 'yes', 'on']);
const FALSE_WORDS = new Set(['0', 'false', 'no', 'off']);

export const flag: ValueParser<boolean> = {
  expected: 'true or false',
  parse: (given) => {
    const word = given.trim().toLowerCase();
    if (TRUE_WORDS.has(word)) return true;
    return FALSE_WORDS.has(word) ? false : undefined;
  },
};

export function oneOf<const T extends string>(...choices: readonly T[]): ValueParser<T> {
  return {
    expected: `one of ${choices.join(', ')}`,
    parse: (given) => choices.find((choice) => choice === given.trim().toLowerCase()),
  };
}

/** Comma- or blank-separated; repeats are dropped. */
export function listOf<T extends string>(item: ValueParser<T>): ValueParser<readonly T[]> {
  return {
    expected: `a comma-separated list, each item ${item.expected}`,
    parse: (given) => {
      const words = given.split(/[\s,]+/).filter((word) => word !== '');
      const values = words.map((word) => item.parse(word)).filter((value) => value !== undefined);
      return words.length === 0 || values.length < words.length ? undefined : [...new Set(values)];
    },
  };
}

export function accepted(isRight: (trimmed: string) => boolean, expected: string): ValueParser<string> {
  return { expected, parse: (given) => (isRight(given.trim()) ? given.trim() : undefined) };
}

export function matching(pattern: RegExp, expected: string): ValueParser<string> {
  return accepted((trimmed) => pattern.test(trimmed), expected);
}

export const symbolText: ValueParser<string> = {
  expected: SYMBOL_DESCRIPTION,
  parse: (given) => {
    const symbol = given.trim().toUpperCase();
    return SYMBOL_PATTERN.test(symbol) ? symbol : undefined;
  },
};

export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** Scheme, host and port only: the provider's own paths are appended. */
export function baseUrl(kind: 'http' | 'ws'): ValueParser<string> {
  const secure = kind === 'http' ? 'https:' : 'wss:';
  const plain = kind === 'http' ? 'http:' : 'ws:';
  return {
    expected: `a ${secure}//HOST[:PORT] address without a path (${plain}// only to this machine)`,
    parse: (given) => {
      if (!URL.canParse(given.trim())) return undefined;
      const url = new URL(given.trim());
      const isSafe = url.protocol === secure || (url.protocol === plain && isLoopbackHost(url.hostname));
      const isBare =
        (url.pathname === '/' || url.pathname === '') && url.search === '' && url.hash === '' && url.username === '';
      return isSafe && isBare ? `${url.protocol}//${url.host}` : undefined;
    },
  };
}

/** A whole address with path and query, which may hold a key. */
export const secretUrl: ValueParser<string> = {
  expected: 'an https:// address (http:// only to this machine), without a user name',
  parse: (given) => {
    if (!URL.canParse(given.trim())) return undefined;
    const url = new URL(given.trim());
    const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
    return isSafe && url.username === '' && url.password === '' ? url.href : undefined;
  },
};

/** `host:port`, comma-separated; the port defaults to 9092. */
export const brokerList: ValueParser<readonly string[]> = {
  expected: 'HOST:PORT, or several separated by commas',
  parse: (given) => {
    const brokers = given
      .split(/[\s,]+/)
      .filter((word) => word !== '')
      .map((word) => (/:\d+$/.test(word) ? word : `${word}:9092`));
    return brokers.length > 0 && brokers.every(isBrokerAddress) ? brokers : undefined;
  },
};
