import type { FrameTimers } from './frame-scheduler.ts';

/** The part of a `Window` that is used. */
export interface ShownWindow {
  readonly document: {
    readonly hidden: boolean;
    addEventListener(type: 'visibilitychange', listener: () => void): void;
    removeEventListener(type: 'visibilitychange', listener: () => void): void;
  };
  requestAnimationFrame(callback: () => void): number;
  setTimeout(callback: () => void, delayMs: number): number;
}

/**
 * The main window and those popped out of it, which one page draws. Browsers stop the frames and slow the timers of a
 * hidden window, so both come from one that can be seen.
 */
export class ShownWindows implements FrameTimers {
  private readonly main: ShownWindow;
  private readonly documents = new Map<ShownWindow, ShownWindow['document']>();
  private readonly listeners = new Set<() => void>();
  private readonly changed = () => {
    for (const listener of this.listeners) listener();
  };

  constructor(main: ShownWindow) {
    this.main = main;
    this.add(main);
  }

  add(opened: ShownWindow): void {
    const { document } = opened;
    this.documents.set(opened, document);
    document.addEventListener('visibilitychange', this.changed);
    this.changed();
  }

  remove(closed: ShownWindow): void {
    this.documents.get(closed)?.removeEventListener('visibilitychange', this.changed);
    this.documents.delete(closed);
    this.changed();
  }

  /** Called whenever a window is hidden, shown, opened or closed. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  isHidden(): boolean {
    return this.visible() === undefined;
  }

  requestFrame(callback: () => void): void {
    (this.visible() ?? this.main).requestAnimationFrame(callback);
  }

  /** The main window's timer stands behind a popped-out one's, which ends with its window. */
  setTimer(callback: () => void, delayMs: number): void {
    const visible = this.visible() ?? this.main;
    let hasRun = false;
    const run = () => {
      if (hasRun) return;
      hasRun = true;
      callback();
    };
    visible.setTimeout(run, delayMs);
    if (visible !== this.main) this.main.setTimeout(run, delayMs);
  }

  private visible(): ShownWindow | undefined {
    for (const [shown, { hidden }] of this.documents) if (!hidden) return shown;
    return undefined;
  }
}
