import type { SessionInfo } from '../contract/index.ts';
import { type CalendarName, commonCalendar, sessionCalendar } from '../market/index.ts';
import type { PipelineOptions } from './pipeline.ts';

/** The session that most instruments of this dataset are in. */
export class SessionClock {
  readonly #options: PipelineOptions;
  #calendar: CalendarName;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#calendar = options.dataset === 'mock' ? 'always-open' : 'us-equities';
  }

  /** Throws what the store throws; the calendar then stays as it was. */
  async refresh(): Promise<void> {
    this.#calendar = commonCalendar(await this.#options.store.instruments()) ?? this.#calendar;
  }

  now(): SessionInfo {
    const calendar = sessionCalendar(this.#calendar);
    const nowMs = this.#options.clock.now();
    const next = calendar.nextChange(nowMs);
    return { phase: calendar.phaseAt(nowMs), changesAtMs: next?.atMs ?? null, nextPhase: next?.phase ?? null };
  }
}
