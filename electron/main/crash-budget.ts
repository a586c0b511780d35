const WINDOW_MS = 60_000;
const RELOADS_PER_WINDOW = 3;

/** Decides whether a crashed page is loaded again: one that keeps crashing would flicker for ever. */
export class CrashBudget {
  #crashesMs: readonly number[] = [];

  /** `nowMs`: when it crashed, on a clock that only goes forward. */
  allowsReload(nowMs: number): boolean {
    this.#crashesMs = [...this.#crashesMs.filter((crashMs) => nowMs - crashMs < WINDOW_MS), nowMs];
    return this.#crashesMs.length <= RELOADS_PER_WINDOW;
  }

  /** The user wants to see it once more. */
  reset(): void {
    this.#crashesMs = [];
  }
}
