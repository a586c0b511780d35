import { describe, expect, it } from 'vitest';
import type { CalendarName } from '../market/index.ts';
import type { Store } from '../store/store.ts';
import { Activity } from './activity.ts';
import { SessionClock } from './session-clock.ts';

/** A Saturday, when US markets are closed. */
const WALL_MS = Date.parse('2026-11-21T12:00:00Z');
const OPEN_MS = Date.parse('2019-11-05T15:00:00Z');
const clock = { now: () => WALL_MS };

const storeOf = (calendar: CalendarName | null) =>
  ({ commonCalendar: () => Promise.resolve(calendar) }) as unknown as Store;

describe('the session clock', () => {
  it('follows the replayed events, not the time of day', () => {
    const activity = new Activity(clock, new Set(['ingest', 'serve']));
    const session = new SessionClock({ clock, dataset: 'replay-day', store: storeOf(null) }, activity);
    activity.noteEventTime('ingest', OPEN_MS);
    expect(session.now()).toEqual({
      timeMs: OPEN_MS,
      phase: 'open',
      changesAtMs: Date.parse('2019-11-05T21:00:00Z'),
      nextPhase: 'post',
    });
    activity.noteEventTime('ingest', Date.parse('2019-11-05T21:30:00Z'));
    expect(session.now()).toMatchObject({ phase: 'post', nextPhase: 'closed' });
  });

  it('goes back with a replay that begins again, but not with events that other partitions bring late', () => {
    const ingesting = new Activity(clock, new Set(['ingest', 'serve']));
    const serving = new Activity(clock, new Set(['serve']));
    for (const timeMs of [OPEN_MS + 5_000, OPEN_MS]) {
      ingesting.noteEventTime('ingest', timeMs);
      ingesting.noteEventTime('serve', OPEN_MS + 9_000);
      serving.noteEventTime('serve', timeMs);
    }
    expect(ingesting.marketTimeMs).toBe(OPEN_MS);
    expect(serving.marketTimeMs).toBe(OPEN_MS + 5_000);
  });

  it('stands at the latest stored price until the first event', () => {
    const activity = new Activity(clock, new Set(['serve']));
    const session = new SessionClock({ clock, dataset: 'replay-day', store: storeOf(null) }, activity);
    expect(session.now().timeMs).toBe(WALL_MS);
    for (const timeMs of [OPEN_MS, OPEN_MS - 60_000]) activity.noteStoredTime(timeMs);
    expect(session.now().timeMs).toBe(OPEN_MS);
    activity.noteEventTime('serve', OPEN_MS - 120_000);
    expect(session.now().timeMs).toBe(OPEN_MS - 120_000);
  });

  it('goes by the clock of the pipeline in any other dataset, in the calendar of most instruments', async () => {
    const activity = new Activity(clock, new Set(['ingest']));
    const marketClock = { now: () => OPEN_MS };
    const session = new SessionClock({ clock: marketClock, dataset: 'mock', store: storeOf('us-equities') }, activity);
    activity.noteEventTime('ingest', WALL_MS);
    expect(session.now()).toMatchObject({ timeMs: OPEN_MS, phase: 'open', nextPhase: null });
    await session.refresh();
    expect(session.now()).toMatchObject({ timeMs: OPEN_MS, phase: 'open', nextPhase: 'post' });
  });
});
