import { streaming } from '@alpacahq/alpaca-trade-api';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../testing/alpaca/stand-in-wire.ts';
import { type MapContext, mapAsset, mapStreamMessage, phaseOfStatus, type WireMessage } from './alpaca-mapper.ts';

const context: MapContext = {
  source: 'live',
  provider: 'alpaca',
  receivedMs: 1_783_950_302_000,
  phaseOf: () => 'halted',
};
const origin = { source: 'live', provider: 'alpaca', receivedMs: 1_783_950_302_000 };
const TRADE_HEX =
  '9189a154a174a153a441434d45a169cf00003030302ff379a178a156a170cb4059500000000000a17364a16391a140a174d7ff1c9e53146a54ebdda17aa143';
const GREETING_HEX = '9182a154a773756363657373a36d7367a9636f6e6e6563746564';

/** Decodes as the SDK's stream does: that is what the mapper is fed. */
class Decoder extends streaming.StockDataStream {
  readonly #socket: { deliver: (data: Buffer) => void };
  readonly #decoded: unknown[] = [];

  constructor() {
    const socket: { deliver: (data: Buffer) => void } = { deliver: () => undefined };
    super({
      credentials: { keyId: 'key', secret: 'secret' },
      url: 'ws://127.0.0.1:1',
      wsFactory: () => ({
        on: (event: string, listener: (...values: unknown[]) => void) => {
          if (event === 'message') socket.deliver = listener;
        },
        send: () => undefined,
        close: () => undefined,
      }),
    });
    this.#socket = socket;
    this.connect();
  }

  messagesOf(data: Buffer): WireMessage[] {
    this.#socket.deliver(data);
    return this.#decoded.splice(0) as WireMessage[];
  }

  protected override handleMessage(message: unknown): void {
    this.#decoded.push(...(message as unknown[]));
  }
}

const decode = (hex: string): WireMessage[] => new Decoder().messagesOf(Buffer.from(hex, 'hex'));

const trade = {
  T: 't',
  S: 'ACME',
  i: 52983525012345,
  x: 'V',
  p: 101.25,
  s: 100,
  c: ['@'],
  t: '2026-07-13T13:45:01.120034501Z',
  z: 'C',
};

const expectedTrade = {
  type: 'trade',
  symbol: 'ACME',
  timeMs: Date.parse('2026-07-13T13:45:01.120Z'),
  nanosOfMs: 34_501,
  ...origin,
  price: 101.25,
  size: 100,
  id: '52983525012345',
  exchange: 'V',
  tape: 'C',
  conditions: ['@'],
  sequence: null,
};

describe('Alpaca messages', () => {
  it('maps the msgpack test vector to the nanosecond', () => {
    expect(decode(TRADE_HEX).map((message) => mapStreamMessage(message, context))).toEqual([expectedTrade]);
  });

  it('decodes the greeting test vector', () => {
    expect(decode(GREETING_HEX)).toEqual([{ T: 'success', msg: 'connected' }]);
  });

  it('is tested against a stand-in that writes the test vectors byte for byte', () => {
    const hex = (messages: Parameters<typeof encodeFrame>[0]): string =>
      Buffer.from(encodeFrame(messages, 'msgpack')).toString('hex');
    expect(hex([trade])).toBe(TRADE_HEX);
    expect(hex([{ T: 'success', msg: 'connected' }])).toBe(GREETING_HEX);
  });

  it('maps a JSON trade to the same event as the msgpack one', () => {
    expect(mapStreamMessage(trade, context)).toEqual(expectedTrade);
  });

  it('keeps every nanosecond of a time, through JSON and through msgpack', () => {
    const decoder = new Decoder();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.integer({ min: 0, max: 999_999_999 }),
        (sec, nanos) => {
          const text = `${new Date(sec * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z`;
          const message = { ...trade, t: text };
          const bytes = Buffer.from(encodeFrame([message], 'msgpack'));
          for (const wire of [message, ...decoder.messagesOf(bytes)]) {
            const event = mapStreamMessage(wire, context);
            expect(event?.timeMs).toBe(sec * 1000 + Math.floor(nanos / 1e6));
            expect(event?.nanosOfMs).toBe(nanos % 1e6);
          }
        },
      ),
    );
  });

  it('keeps every digit of a 64-bit trade id', () => {
    const big = { ...trade, i: 9_223_372_036_854_775_807n };
    const [message] = new Decoder().messagesOf(Buffer.from(encodeFrame([big], 'msgpack')));
    expect(mapStreamMessage(message ?? {}, context)).toMatchObject({ id: '9223372036854775807' });
  });

  it('refuses an id that has already lost digits', () => {
    expect(() => mapStreamMessage({ ...trade, i: 2 ** 60 }, context)).toThrow(/^i: /);
  });

  it('maps a quote', () => {
    const quote = {
      T: 'q',
      S: 'ACME',
      ax: 'V',
      ap: 101.27,
      as: 300,
      bx: 'V',
      bp: 101.24,
      bs: 200,
      c: ['R'],
      t: '2026-07-13T13:45:01.1201Z',
      z: 'C',
    };
    expect(mapStreamMessage(quote, context)).toEqual({
      type: 'quote',
      symbol: 'ACME',
      timeMs: Date.parse('2026-07-13T13:45:01.120Z'),
      nanosOfMs: 100_000,
      ...origin,
      bid: 101.24,
      bidSize: 200,
      ask: 101.27,
      askSize: 300,
      exchange: 'V',
      conditions: ['R'],
    });
  });

  it('maps a minute bar, and its update as one that replaces it', () => {
    const bar = {
      S: 'ACME',
      o: 101.1,
      h: 101.31,
      l: 101.05,
      c: 101.25,
      v: 4210,
      t: '2026-07-13T13:44:00Z',
      n: 57,
      vw: 101.187432,
    };
    const expected = {
      type: 'bar',
      symbol: 'ACME',
      timeMs: Date.parse('2026-07-13T13:44:00Z'),
      nanosOfMs: 0,
      ...origin,
      interval: '1m',
      open: 101.1,
      high: 101.31,
      low: 101.05,
      close: 101.25,
      volume: 4210,
      vwap: 101.187432,
      tradeCount: 57,
    };
    expect(mapStreamMessage({ T: 'b', ...bar }, context)).toEqual({ ...expected, isUpdate: false });
    expect(mapStreamMessage({ T: 'u', ...bar }, context)).toEqual({ ...expected, isUpdate: true });
    expect(mapStreamMessage({ T: 'b', ...bar, v: 0, n: 0, vw: 0 }, context)).toMatchObject({ volume: 0, vwap: null });
    expect(() => mapStreamMessage({ T: 'b', ...bar, h: 101.2 }, context)).toThrow(/^h: /);
    expect(() => mapStreamMessage({ T: 'b', ...bar, l: 101.2 }, context)).toThrow(/^l: /);
  });

  it('maps a correction and a cancel to the trade they mean', () => {
    const correction = {
      T: 'c',
      S: 'ACME',
      x: 'V',
      oi: 71,
      op: 101.2,
      os: 100,
      oc: ['@'],
      ci: 72,
      cp: 101.21,
      cs: 90,
      cc: ['@', 'I'],
      t: '2026-07-13T13:46:00Z',
      z: 'C',
    };
    expect(mapStreamMessage(correction, context)).toEqual({
      type: 'correction',
      symbol: 'ACME',
      timeMs: Date.parse('2026-07-13T13:46:00Z'),
      nanosOfMs: 0,
      ...origin,
      exchange: 'V',
      tape: 'C',
      originalId: '71',
      id: '72',
      price: 101.21,
      size: 90,
      conditions: ['@', 'I'],
    });
    const cancel = { T: 'x', S: 'ACME', i: 71, x: 'V', p: 101.2, s: 100, a: 'C', z: 'C', t: '2026-07-13T13:46:02Z' };
    expect(mapStreamMessage(cancel, context)).toMatchObject({ type: 'cancel', originalId: '71', exchange: 'V' });
  });

  it('maps a status, and leaves the phase alone where the code says nothing of it', () => {
    const status = {
      T: 's',
      S: 'ACME',
      sc: 'P',
      sm: 'Volatility Trading Pause',
      rc: 'LUDP',
      rm: '',
      t: '2026-07-13T14:02:11.004Z',
      z: 'C',
    };
    expect(mapStreamMessage(status, { ...context, phaseOf: () => 'trading' })).toMatchObject({
      type: 'status',
      phase: 'halted',
      statusCode: 'P',
      reasonCode: 'LUDP',
      reason: 'Volatility Trading Pause',
    });
    expect(mapStreamMessage({ ...status, sc: 'T' }, context)).toMatchObject({ phase: 'trading' });
    expect(mapStreamMessage({ ...status, sc: '5' }, context)).toMatchObject({ phase: 'halted' });
    expect(['2', 'H', 'P', '3', 'T', 'Q', 'E'].map(phaseOfStatus)).toEqual([
      'halted',
      'halted',
      'halted',
      'trading',
      'trading',
      'quoting',
      null,
    ]);
  });

  it('leaves out types that are not used and ignores fields that are not known', () => {
    for (const T of ['d', 'l', 'i', 'zz']) expect(mapStreamMessage({ ...trade, T }, context)).toBeNull();
    expect(mapStreamMessage({ ...trade, r: '2026-07-13T13:45:02Z' }, context)).toEqual(expectedTrade);
  });

  it.each([
    ['S', 'acme'],
    ['S', undefined],
    ['p', 0],
    ['p', '101.25'],
    ['p', Number.NaN],
    ['s', -1],
    ['i', undefined],
    ['t', 'yesterday'],
    ['t', undefined],
    ['c', ['@', 3]],
    ['x', 4n],
  ])('refuses a trade whose %s is %s', (field, value) => {
    expect(() => mapStreamMessage({ ...trade, [field]: value }, context)).toThrow();
  });

  it('never throws anything but bad-message', () => {
    const junk = fc.oneof(fc.anything({ withBigInt: true }), fc.constantFrom('ACME', 1, 5n, '2026-07-13T13:45:01Z'));
    const message = fc.record({
      T: fc.constantFrom('t', 'q', 'b', 'u', 's', 'c', 'x'),
      S: junk,
      i: junk,
      x: junk,
      p: junk,
      s: junk,
      c: junk,
      t: junk,
      z: junk,
    });
    fc.assert(
      fc.property(message, (wire) => {
        try {
          mapStreamMessage(wire, context);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-message' });
        }
      }),
    );
  });

  it('takes an active equity from the assets list', () => {
    const asset = { symbol: 'ACME', name: 'Acme Inc.', exchange: 'NYSE', class: 'us_equity', status: 'active' };
    expect(mapAsset(asset)).toMatchObject({
      symbol: 'ACME',
      name: 'Acme Inc.',
      exchange: 'NYSE',
      calendar: 'us-equities',
    });
    expect(mapAsset({ ...asset, status: 'inactive' })).toBeNull();
    expect(mapAsset({ ...asset, symbol: 5 })).toBeNull();
  });
});
