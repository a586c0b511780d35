import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SAMPLE_EVENTS, sampleTrade } from '../testing/bus-events.ts';
import { schemaFault } from '../testing/message-schemas.ts';
import type { BadRecord, BusRecord, TopicKind } from './bus.ts';
import { decodeEvent, decodeRecord, encodeEvent } from './codec.ts';
import { TOPIC_KINDS } from './topics.ts';

/** One change that spoils the first sample of each topic; undefined removes the field. */
const SPOILED: Readonly<Record<TopicKind, readonly Readonly<Record<string, unknown>>[]>> = {
  trades: [
    { version: 2 },
    { version: '1' },
    { type: 'quote' },
    { type: 'correction' },
    { type: 'cancel' },
    { symbol: 'aapl' },
    { symbol: undefined },
    { price: -1 },
    { price: 0 },
    { price: '100' },
    { price: undefined },
    { size: -1 },
    { time: 'yesterday' },
    { time: undefined },
    { source: 'rumour' },
    { source: undefined },
    { provider: undefined },
    { received: undefined },
    { conditions: 'I' },
    { sequence: 1.5 },
    { time: '0001-01-01T00:00:00Z' },
    { received: '2262-01-01T00:00:00Z' },
    { id: 'x'.repeat(201) },
    { exchange: 'x'.repeat(201) },
    { conditions: ['x'.repeat(201)] },
  ],
  quotes: [{ bid: -1 }, { ask: undefined }, { bidSize: null }, { type: 'trade' }, { conditions: [1] }],
  bars: [
    { interval: '2m' },
    { open: 0 },
    { volume: undefined },
    { vwap: -1 },
    { isUpdate: 'yes' },
    { tradeCount: 1.5 },
  ],
  statuses: [{ phase: 'asleep' }, { phase: undefined }, { reason: 7 }],
  candles: [
    { version: 2 },
    { interval: '2m' },
    { openTime: 1 },
    { close: null },
    { revision: -1 },
    { source: 'dream' },
  ],
  indicators: [{ values: undefined }, { values: { sma20: null } }, { values: [] }, { interval: '' }, { revision: 0.5 }],
  alerts: [
    { id: undefined },
    { condition: { kind: 'price-above' } },
    { condition: { kind: 'moon-phase', level: 1 } },
    { condition: null },
    { price: 0 },
    { value: '7' },
    { message: undefined },
  ],
  control: [{ kind: 'party' }, { client: undefined }, { symbols: undefined }, { symbols: [1] }, { time: '' }],
  'dead-letters': [{ partition: -1 }, { position: undefined }, { reason: null }, { payload: undefined }],
};

describe.each(TOPIC_KINDS)('messages of %s', (kind) => {
  it('come back as they were, and match their schema', () => {
    for (const event of SAMPLE_EVENTS[kind]) {
      const text = encodeEvent(kind, event as never);
      expect(text).not.toContain('\n');
      expect(decodeEvent(kind, text)).toEqual(event);
      expect(schemaFault(kind, JSON.parse(text)), text).toBeNull();
    }
  });

  it('are refused by codec and schema alike when a field is wrong', () => {
    const [event] = SAMPLE_EVENTS[kind];
    const good = JSON.parse(encodeEvent(kind, event as never)) as object;
    for (const change of SPOILED[kind]) {
      const spoiled = JSON.stringify({ ...good, ...change });
      expect(() => decodeEvent(kind, spoiled), spoiled).toThrow(expect.objectContaining({ code: 'bad-message' }));
      expect(schemaFault(kind, JSON.parse(spoiled)), spoiled).not.toBeNull();
    }
  });

  it('may hold fields that this version does not know', () => {
    const [event] = SAMPLE_EVENTS[kind];
    const good = JSON.parse(encodeEvent(kind, event as never)) as object;
    const extended = { ...good, colour: 'green', nested: { deep: [1] } };
    expect(decodeEvent(kind, JSON.stringify(extended))).toEqual(event);
    expect(schemaFault(kind, extended)).toBeNull();
  });
});

describe('a message that is no message', () => {
  it('becomes a bad record with its reason, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(...TOPIC_KINDS), (text, kind) => {
        const records: BusRecord[] = [];
        const badRecords: BadRecord[] = [];
        decodeRecord(kind, 7, text, records, badRecords);
        expect(records).toEqual([]);
        expect(badRecords).toEqual([{ offset: 7, reason: expect.stringMatching(/./), payload: text }]);
      }),
    );
  });

  it('names the field that is wrong', () => {
    const text = encodeEvent('trades', sampleTrade(1)).replace(/"price":[^,]+/, '"price":-1');
    expect(() => decodeEvent('trades', text)).toThrow(/price/);
  });

  it('is kept up to 64 Ki characters', () => {
    const badRecords: BadRecord[] = [];
    decodeRecord('trades', 0, 'x'.repeat(100_000), [], badRecords);
    expect(badRecords[0]?.payload).toHaveLength(65_536);
  });
});
