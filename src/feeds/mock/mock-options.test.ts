import { describe, expect, it } from 'vitest';
import { TapedeckError } from '../../market/index.ts';
import { DEFAULT_MOCK_OPTIONS, MOCK_FAULTS, parseMockOptions } from './mock-options.ts';

describe('parseMockOptions', () => {
  it('takes the defaults for what is left out', () => {
    expect(parseMockOptions('')).toEqual(DEFAULT_MOCK_OPTIONS);
  });

  it('reads every option, faults with and without a rate among them', () => {
    expect(parseMockOptions('seed=42,clock=10@2026-11-27T14:25:00Z,faults=late,duplicate:0.05,session=us')).toEqual({
      seed: 42,
      clock: { speed: 10, startMs: Date.parse('2026-11-27T14:25:00Z') },
      session: 'us',
      faults: { late: MOCK_FAULTS.late, duplicate: 0.05 },
    });
  });

  it('takes a start time or a speed alone', () => {
    expect(parseMockOptions('clock=2026-11-27T14:25:00Z').clock).toEqual({
      speed: 1,
      startMs: Date.parse('2026-11-27T14:25:00Z'),
    });
    expect(parseMockOptions('clock=0.5').clock).toEqual({ speed: 0.5, startMs: null });
  });

  it('turns on every fault with all', () => {
    expect(parseMockOptions('faults=all').faults).toEqual(MOCK_FAULTS);
  });

  it.each([
    ['seed=-1', 'seed: "-1"', 'a whole number'],
    ['seed=4294967296', 'seed: "4294967296"', 'a whole number'],
    ['clock=fast', 'clock: "fast"', 'SPEED@START'],
    ['clock=0', 'clock: "0"', 'a speed above 0'],
    ['clock=2026-13-01T00:00:00Z', 'clock: "2026-13-01T00:00:00Z"', 'a start time'],
    ['session=eu', 'session: "eu"', 'always or us'],
    ['faults=earthquake', 'faults: "earthquake"', 'disconnect, silence'],
    ['faults=late:2', 'faults: "late:2"', 'a rate from 0 to 1'],
    ['seed=1,seed=2', 'seed: "2"', 'the option once'],
    ['speed=3', 'speed: "3"', 'seed, clock, session, faults'],
    ['fast', 'mock: "fast"', 'NAME=VALUE'],
  ])('refuses %s by name, with what would be right', (text, named, right) => {
    let error: unknown;
    try {
      parseMockOptions(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TapedeckError);
    expect(error).toMatchObject({ code: 'bad-config' });
    expect((error as TapedeckError).message).toContain(named);
    expect((error as TapedeckError).message).toContain(right);
  });
});
