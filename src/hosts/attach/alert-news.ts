import type { Alert } from '../../market/index.ts';

/** As many as a host lists at once. */
export const LISTED_ALERTS = 200;
const KEPT_IDS = 2_000;

/** Tells what has just fired from what is history: each alert is news once, and none that fired before the first look. */
export class AlertNews {
  /** Null until the history was read once. */
  #seen: Set<string> | null = null;
  /** Alerts of before are older than all that was listed. */
  #beginMs = -Infinity;

  /** The newest alerts of a history, newest first. Answers those of them that are news, oldest first. */
  ofHistory(listed: readonly Alert[]): readonly Alert[] {
    if (this.#seen === null) {
      this.#seen = new Set(listed.map(({ id }) => id));
      if (listed.length >= LISTED_ALERTS) this.#beginMs = Math.min(...listed.map(({ timeMs }) => timeMs));
      return [];
    }
    return listed.filter((alert) => this.isNews(alert)).reverse();
  }

  isNews({ id, timeMs }: Alert): boolean {
    if (this.#seen === null || this.#seen.has(id) || timeMs < this.#beginMs) return false;
    this.#seen.add(id);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= KEPT_IDS) break;
      this.#seen.delete(oldest);
    }
    return true;
  }

  /** They could not be told, and are news once more. */
  forget(alerts: readonly Alert[]): void {
    for (const { id } of alerts) this.#seen?.delete(id);
  }
}
