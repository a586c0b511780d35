import type { SessionInfo } from '../contract/index.ts';
import { type CalendarName, sessionCalendar } from '../market/index.ts';
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
    const instruments = await this.#options.store.instruments();
    if (instruments.length === 0) return;
    const open = instruments.filter((instrument) => instrument.calendar === 'always-open').length;
    this.#calendar = open * 2 > instruments.length ? 'always-open' : 'us-equities';
  }

  now(): SessionInfo {
    const calendar = sessionCalendar(this.#calendar);
    const nowMs = this.#options.clock.now();
    const next = calendar.nextChange(nowMs);
    return { phase: calendar.phaseAt(nowMs), changesAtMs: next?.atMs ?? null, nextPhase: next?.phase ?? null };
  }
}
