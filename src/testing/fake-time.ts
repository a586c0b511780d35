import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../market/index.ts';

/** Time that passes only while somebody waits for it: a day takes as long as its events. */
export class FakeTime implements Clock {
  /** Every wait asked for, milliseconds. */
  readonly waits: number[] = [];
  #nowMs: number;
  #alarms: { readonly atMs: number; readonly action: () => void }[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#alarms.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#alarms = this.#alarms.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { action } of due) action();
  }

  /** Calls `action` once that time has come. */
  at(atMs: number, action: () => void): void {
    this.#alarms.push({ atMs, action });
  }

  readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    this.waits.push(ms);
    await nextTurn();
    if (!signal.aborted) this.advance(ms);
  };
}
