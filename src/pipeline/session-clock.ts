import type { SessionInfo } from '../contract/index.ts';
import { type CalendarName, isReplayDataset, sessionCalendar } from '../market/index.ts';
import type { Activity } from './activity.ts';
import type { PipelineOptions } from './pipeline.ts';

type SessionClockNeeds = Pick<PipelineOptions, 'clock' | 'dataset' | 'store'>;

/** The session that most instruments of this dataset are in, at the market's own time. */
export class SessionClock {
  readonly #needs: SessionClockNeeds;
  readonly #activity: Pick<Activity, 'marketTimeMs'>;
  #calendar: CalendarName;

  constructor(needs: SessionClockNeeds, activity: Pick<Activity, 'marketTimeMs'>) {
    this.#needs = needs;
    this.#activity = activity;
    this.#calendar = needs.dataset === 'mock' ? 'always-open' : 'us-equities';
  }

  /** Throws what the store throws; the calendar then stays as it was. */
  async refresh(): Promise<void> {
    this.#calendar = (await this.#needs.store.commonCalendar()) ?? this.#calendar;
  }

  now(): SessionInfo {
    const calendar = sessionCalendar(this.#calendar);
    const timeMs = this.#marketNow();
    const next = calendar.nextChange(timeMs);
    return { timeMs, phase: calendar.phaseAt(timeMs), changesAtMs: next?.atMs ?? null, nextPhase: next?.phase ?? null };
  }

  /** A replay is where its latest event is, whatever the time of day. */
  #marketNow(): number {
    const { clock, dataset } = this.#needs;
    return (isReplayDataset(dataset) ? this.#activity.marketTimeMs : null) ?? clock.now();
  }
}
