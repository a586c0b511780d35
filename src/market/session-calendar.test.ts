import { describe, expect, it } from 'vitest';
import { type SessionPhase, sessionCalendar } from './session-calendar.ts';
import { usHolidays } from './us-holidays.ts';

const us = sessionCalendar('us-equities');
const always = sessionCalendar('always-open');
const at = (text: string): number => Date.parse(text);

describe('US holidays', () => {
  it.each([
    [2025, '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25', '07-03 11-28 12-24'],
    [2026, '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25', '11-27 12-24'],
    [2027, '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24', '11-26'],
    [2028, '01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25', '07-03 11-24'],
    [2029, '01-01 01-15 02-19 03-30 05-28 06-19 07-04 09-03 11-22 12-25', '07-03 11-23 12-24'],
    [2030, '01-01 01-21 02-18 04-19 05-27 06-19 07-04 09-02 11-28 12-25', '07-03 11-29 12-24'],
  ])('of %i', (year, closures, earlyCloses) => {
    const holidays = usHolidays(year);
    const short = (dates: ReadonlySet<string>): string =>
      [...dates]
        .map((date) => date.slice(5))
        .toSorted()
        .join(' ');
    expect(short(holidays.closures)).toBe(closures);
    expect(short(holidays.earlyCloses)).toBe(earlyCloses);
  });
});

describe('the US equities calendar', () => {
  it.each<[string, SessionPhase]>([
    ['2026-07-13T07:59:59.999Z', 'closed'],
    ['2026-07-13T08:00:00Z', 'pre'],
    ['2026-07-13T13:29:59.999Z', 'pre'],
    ['2026-07-13T13:30:00Z', 'open'],
    ['2026-07-13T20:00:00Z', 'post'],
    ['2026-07-14T00:00:00Z', 'closed'],
    ['2026-01-13T13:30:00Z', 'pre'],
    ['2026-01-13T14:30:00Z', 'open'],
    ['2026-07-11T15:00:00Z', 'closed'],
    ['2026-07-03T15:00:00Z', 'closed'],
    ['2025-01-09T15:00:00Z', 'closed'],
    ['2026-11-27T17:59:59Z', 'open'],
    ['2026-11-27T18:00:00Z', 'post'],
    ['2026-11-27T22:00:00Z', 'closed'],
  ])('at %s: %s', (time, phase) => {
    expect(us.phaseAt(at(time))).toBe(phase);
  });

  it('opens at 13:30 UTC in summer and 14:30 in winter', () => {
    const opens = ['2026-03-06', '2026-03-09', '2026-10-30', '2026-11-02'].map((date) =>
      new Date(us.tradingDay(at(`${date}T15:00:00Z`))?.openMs ?? 0).toISOString().slice(11, 16),
    );
    expect(opens).toEqual(['14:30', '13:30', '13:30', '14:30']);
  });

  it('begins a trading day at midnight in New York', () => {
    const day = us.tradingDay(at('2026-07-14T01:00:00Z'));
    expect(day?.date).toBe('2026-07-13');
    expect(day?.startMs).toBe(at('2026-07-13T04:00:00Z'));
    expect(day?.endMs).toBe(at('2026-07-14T04:00:00Z'));
    expect(us.tradingDay(at('2026-01-13T04:59:59Z'))?.date).toBe('2026-01-12');
    expect(us.tradingDay(at('2026-07-12T15:00:00Z'))).toBeNull();
  });

  it('finds the next change across a weekend and a holiday', () => {
    expect(us.nextChange(at('2026-07-13T13:29:00Z'))).toEqual({ atMs: at('2026-07-13T13:30:00Z'), phase: 'open' });
    expect(us.nextChange(at('2026-07-02T23:59:00Z'))).toEqual({ atMs: at('2026-07-03T00:00:00Z'), phase: 'closed' });
    expect(us.nextChange(at('2026-07-03T00:00:00Z'))).toEqual({ atMs: at('2026-07-06T08:00:00Z'), phase: 'pre' });
  });

  it('counts the minutes of regular sessions', () => {
    expect(us.minutesExpected(at('2026-07-13T00:00:00Z'), at('2026-07-14T00:00:00Z'))).toBe(390);
    expect(us.minutesExpected(at('2026-11-23T00:00:00Z'), at('2026-11-30T00:00:00Z'))).toBe(3 * 390 + 210);
    expect(us.minutesExpected(at('2026-07-13T13:30:30Z'), at('2026-07-13T13:33:00Z'))).toBe(2);
  });

  it('lists trading days, and agrees with itself whatever the order it is asked in', () => {
    const days = us.days(at('2026-01-01T05:00:00Z'), at('2027-01-01T05:00:00Z'));
    expect(days).toHaveLength(251);
    for (const day of days.toReversed()) expect(us.tradingDay(day.openMs)).toEqual(day);
  });

  it('does not depend on the time zone of the process', () => {
    const zoneBefore = process.env['TZ'];
    const phases = (): readonly string[] =>
      Array.from({ length: 24 * 10 }, (_, hour) => us.phaseAt(at('2027-03-10T00:30:00Z') + hour * 3_600_000));
    const expected = phases();
    try {
      for (const zone of ['America/New_York', 'Asia/Tokyo', 'Pacific/Apia']) {
        process.env['TZ'] = zone;
        expect(phases()).toEqual(expected);
        expect(us.tradingDay(at('2026-07-03T00:30:00Z'))?.date).toBe('2026-07-02');
      }
    } finally {
      if (zoneBefore === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zoneBefore;
    }
  });
});

describe('the always-open calendar', () => {
  it('is open at any time and counts UTC days', () => {
    expect(always.phaseAt(0)).toBe('open');
    expect(always.nextChange(0)).toBeNull();
    expect(always.tradingDay(at('2026-07-12T23:59:59Z'))).toMatchObject({
      date: '2026-07-12',
      startMs: at('2026-07-12T00:00:00Z'),
      endMs: at('2026-07-13T00:00:00Z'),
    });
    expect(always.days(at('2026-07-12T23:00:00Z'), at('2026-07-14T00:00:00Z'))).toHaveLength(2);
    expect(always.minutesExpected(30_000, 180_000)).toBe(2);
  });
});
