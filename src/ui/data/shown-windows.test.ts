import { describe, expect, it } from 'vitest';
import { type ShownWindow, ShownWindows } from './shown-windows.ts';

/** A window whose frames and timers run when the test says so. */
function fakeWindow(isHidden = false) {
  const listeners = new Set<() => void>();
  const frames: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const runAll = (queue: (() => void)[]) => {
    for (const callback of queue.splice(0)) callback();
  };
  const document = {
    hidden: isHidden,
    addEventListener: (_type: 'visibilitychange', listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: 'visibilitychange', listener: () => void) => void listeners.delete(listener),
  };
  const shown: ShownWindow = {
    document,
    requestAnimationFrame: (callback) => frames.push(callback),
    setTimeout: (callback) => timers.push(callback),
  };
  return {
    shown,
    listeners,
    setHidden: (hidden: boolean) => {
      document.hidden = hidden;
      for (const listener of listeners) listener();
    },
    paint: () => runAll(frames),
    runTimers: () => runAll(timers),
  };
}

describe('ShownWindows', () => {
  it('is hidden only while the main window and every popped-out one are', () => {
    const main = fakeWindow();
    const popout = fakeWindow();
    const windows = new ShownWindows(main.shown);
    windows.add(popout.shown);
    main.setHidden(true);
    expect(windows.isHidden()).toBe(false);
    popout.setHidden(true);
    expect(windows.isHidden()).toBe(true);
    main.setHidden(false);
    expect(windows.isHidden()).toBe(false);
  });

  it('takes frames and timers from a window that can be seen: those of a hidden one stop or are slow', () => {
    const main = fakeWindow(true);
    const popout = fakeWindow();
    const windows = new ShownWindows(main.shown);
    windows.add(popout.shown);
    const ran: string[] = [];
    windows.requestFrame(() => ran.push('frame'));
    windows.setTimer(() => ran.push('timer'), 0);
    popout.paint();
    popout.runTimers();
    expect(ran).toEqual(['frame', 'timer']);
    main.paint();
    main.runTimers();
    expect(ran).toEqual(['frame', 'timer']);
  });

  it('loses no timer with the popped-out window that was closed over it', () => {
    const main = fakeWindow(true);
    const popout = fakeWindow();
    const windows = new ShownWindows(main.shown);
    windows.add(popout.shown);
    const ran: string[] = [];
    windows.setTimer(() => ran.push('timer'), 0);
    windows.remove(popout.shown);
    main.runTimers();
    expect(ran).toEqual(['timer']);
  });

  it('says when any window is hidden, shown, opened or closed', () => {
    const main = fakeWindow();
    const popout = fakeWindow();
    const windows = new ShownWindows(main.shown);
    let said = 0;
    windows.onChange(() => said++);
    windows.add(popout.shown);
    popout.setHidden(true);
    main.setHidden(true);
    windows.remove(popout.shown);
    expect(said).toBe(4);
    expect(popout.listeners.size).toBe(0);
  });
});
