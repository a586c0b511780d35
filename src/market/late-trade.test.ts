import { describe, expect, it } from 'vitest';
import { isLateTrade } from './late-trade.ts';
import { providerDelayMs } from './provider-delay.ts';

const MINUTE_START_MS = Date.UTC(2026, 10, 20, 15);
const DELAY_MS = 15 * 60_000;

describe('a late print', () => {
  const print = (provider: string, receivedMs: number, source: 'live' | 'replay' = 'live') =>
    isLateTrade({ timeMs: MINUTE_START_MS + 59_000, receivedMs, source, provider });

  it('comes two seconds or more after its minute', () => {
    expect(print('alpaca', MINUTE_START_MS + 61_999)).toBe(false);
    expect(print('alpaca', MINUTE_START_MS + 62_000)).toBe(true);
    expect(print('alpaca', MINUTE_START_MS + 62_000, 'replay')).toBe(false);
  });

  it('is late beyond what its provider holds back by contract', () => {
    expect(providerDelayMs('alpaca-delayed')).toBe(DELAY_MS);
    expect(print('alpaca-delayed', MINUTE_START_MS + 61_999 + DELAY_MS)).toBe(false);
    expect(print('alpaca-delayed', MINUTE_START_MS + 62_000 + DELAY_MS)).toBe(true);
    expect(print('alpaca', MINUTE_START_MS + 59_000 + DELAY_MS)).toBe(true);
  });
});
