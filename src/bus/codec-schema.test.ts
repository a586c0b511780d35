import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TapedeckError } from '../market/index.ts';
import { EVENTS, ODD_JSON, ODD_VALUES } from '../testing/bus-event-arbitraries.ts';
import { schemaFault } from '../testing/message-schemas.ts';
import type { TopicEvents, TopicKind } from './bus.ts';
import { decodeEvent, encodeEvent } from './codec.ts';
import { TOPIC_KINDS } from './topics.ts';

const RUNS = { numRuns: 500 };

/** The one rule of the codec that JSON Schema has no words for. */
function arePricesInOrder(message: object): boolean {
  if (!('high' in message && 'low' in message && 'open' in message && 'close' in message)) return true;
  const { high, low, open, close } = message as Readonly<Record<'high' | 'low' | 'open' | 'close', number>>;
  return high >= Math.max(open, close, low) && low <= Math.min(open, close);
}

function codecFault(kind: TopicKind, text: string): string | null {
  try {
    decodeEvent(kind, text);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad-message', retryable: false });
    return (error as TapedeckError).message;
  }
}

/** Paths to everything in a message, `['condition', 'price']` as well as `['condition']`. */
function pathsIn(value: object): readonly (readonly string[])[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const deeper = typeof member === 'object' && member !== null ? pathsIn(member) : [];
    return [[name], ...deeper.map((path) => [name, ...path])];
  });
}

/** A copy in which `odd` stands at `path`; a removed member for undefined. */
function replaced(value: object, [name = '', ...rest]: readonly string[], odd: unknown): object {
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  const member = copy[name];
  if (rest.length > 0) copy[name] = replaced(member as object, rest, odd);
  else if (odd === undefined && !Array.isArray(copy)) delete copy[name];
  else copy[name] = odd;
  return copy;
}

const MARK = 'the odd value goes here';

describe.each(TOPIC_KINDS)('codec and schema of %s', (kind) => {
  it('agree on everything that is published, which comes back as it was', () => {
    fc.assert(
      fc.property(EVENTS[kind], (event) => {
        const text = encodeEvent(kind, event as never);
        expect(schemaFault(kind, JSON.parse(text)), text).toBeNull();
        expect(decodeEvent(kind, text)).toEqual(event);
      }),
      RUNS,
    );
  });

  it('refuse and take the same changed messages', () => {
    const extra = fc.constantFrom('version', 'colour', 'id', 'originalId', 'vwap', 'type');
    fc.assert(
      fc.property(EVENTS[kind], ODD_JSON, fc.boolean(), fc.nat(), extra, (event, odd, isRemoved, at, added) => {
        const good = JSON.parse(encodeEvent(kind, event as never)) as object;
        const paths = [...pathsIn(good), [added]];
        const path = paths[at % paths.length] ?? [added];
        const marked = replaced(good, path, isRemoved ? undefined : MARK);
        const text = JSON.stringify(marked).replace(`"${MARK}"`, () => odd);
        const message = JSON.parse(text) as object;
        const bySchema = schemaFault(kind, message);
        const byCodec = codecFault(kind, text);
        const isAgreed = (byCodec === null) === (bySchema === null && arePricesInOrder(message));
        expect(isAgreed, `${text}\nschema: ${bySchema}\ncodec: ${byCodec}`).toBe(true);
      }),
      RUNS,
    );
  });

  it('let no event onto a topic that the schema forbids', () => {
    fc.assert(
      fc.property(EVENTS[kind], ODD_VALUES, fc.nat(), (event, odd, at) => {
        const paths = pathsIn(event);
        const spoiled = replaced(event, paths[at % paths.length] ?? [], odd) as TopicEvents[typeof kind];
        let text: string;
        try {
          text = encodeEvent(kind, spoiled as never);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-message', retryable: false });
          return;
        }
        expect(text).not.toContain('\n');
        expect(schemaFault(kind, JSON.parse(text)), text).toBeNull();
        expect(codecFault(kind, text)).toBeNull();
      }),
      RUNS,
    );
  });

  it('take fields they do not know, wherever they are', () => {
    fc.assert(
      fc.property(EVENTS[kind], fc.json(), (event, added) => {
        const good = encodeEvent(kind, event as never);
        const text = good.replace(/\}$/, () => `,"addedLater":${added}}`);
        expect(schemaFault(kind, JSON.parse(text))).toBeNull();
        expect(decodeEvent(kind, text)).toEqual(event);
      }),
    );
  });

  it('put a message of a newer version aside, which names both versions and says to update', () => {
    fc.assert(
      fc.property(EVENTS[kind], fc.integer({ min: 2 }), (event, version) => {
        const text = encodeEvent(kind, event as never).replace('"version":1', `"version":${version}`);
        expect(schemaFault(kind, JSON.parse(text))).not.toBeNull();
        expect(codecFault(kind, text)).toMatch(new RegExp(`version ${version}\\b.*version 1\\b.*update TapeDeck`));
      }),
      { numRuns: 20 },
    );
  });
});
