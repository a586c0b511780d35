import { expect, it } from 'vitest';
import type { Trade } from '../../market/index.ts';
import { createCandleBuilder } from './candle-book.ts';
import { DEFAULT_CANDLE_OPTIONS } from './candle-builder.ts';
import { MAX_VENUES } from './venue-codes.ts';

const TIME_MS = Date.parse('2026-07-13T14:40:10Z');
const ORIGIN = { symbol: 'ACME', timeMs: TIME_MS, nanosOfMs: 0, source: 'live', provider: 'alpaca' } as const;
const PRINT = { ...ORIGIN, receivedMs: TIME_MS, price: 10, size: 1, tape: 'C', conditions: ['@'], sequence: null };

it('prints of any number of exchanges are told apart, repeats, cancels and a restart included', () => {
  const options = { ...DEFAULT_CANDLE_OPTIONS, calendarOf: () => 'us-equities' as const };
  let builder = createCandleBuilder(options);
  const exchanges = Array.from({ length: MAX_VENUES + 52 }, (_, index) => `made up ${index}`);
  const printsOf = (id: string): readonly Trade[] =>
    exchanges.map((exchange) => ({ type: 'trade', ...PRINT, exchange, id }));
  const prints = [...printsOf('7'), ...printsOf('x')];
  for (const print of prints) expect(builder.add(print)).toBe('added');
  builder.drain();
  builder = createCandleBuilder(options, builder.toState());
  for (const print of prints) expect(builder.add(print)).toBe('duplicate');
  const cancel = { type: 'cancel', ...ORIGIN, receivedMs: TIME_MS, tape: 'C', originalId: '7' } as const;
  expect(builder.add({ ...cancel, exchange: exchanges.at(-1) ?? '' })).toBe('added');
  const minute = builder.drain().candles.find(({ interval }) => interval === '1m');
  expect(minute).toMatchObject({ volume: prints.length - 1, tradeCount: prints.length - 1 });
});
