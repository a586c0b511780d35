/** How often a hidden window catches up: animation frames stop there. */
const HIDDEN_INTERVAL_MS = 500;

/** Where the scheduler gets its time from: `ShownWindows`, or what a test brings. */
export interface FrameTimers {
  isHidden(): boolean;
  requestFrame(callback: () => void): void;
  setTimer(callback: () => void, delayMs: number): void;
}

/** Runs `work` at most once an animation frame, by timer while every window is hidden. */
export class FrameScheduler {
  private readonly work: () => void;
  private readonly timers: FrameTimers;
  private isScheduled = false;
  private generation = 0;

  constructor(work: () => void, timers: FrameTimers) {
    this.work = work;
    this.timers = timers;
  }

  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const generation = ++this.generation;
    const run = () => {
      if (generation !== this.generation || !this.isScheduled) return;
      this.isScheduled = false;
      this.work();
    };
    if (this.timers.isHidden()) this.timers.setTimer(run, HIDDEN_INTERVAL_MS);
    else this.timers.requestFrame(run);
  }

  /** Runs what waits for an animation frame that may never come; call it when the window is hidden or shown. */
  visibilityChanged(): void {
    if (!this.isScheduled) return;
    this.isScheduled = false;
    this.schedule();
  }
}
