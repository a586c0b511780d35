import type { Clock } from '../../market/index.ts';
import type { MockClockSetting } from './mock-options.ts';

/**
 * The market's time of day: runs `speed` times as fast as `base`, from `startMs` or from base's time now. Give it to the
 * whole pipeline, so that sessions, staleness and the feed agree on what time it is.
 */
export function createMockClock(setting: MockClockSetting, base: Clock): Clock {
  const baseStartMs = base.now();
  const startMs = setting.startMs ?? baseStartMs;
  if (setting.speed === 1 && setting.startMs === null) return base;
  return { rate: setting.speed, now: () => startMs + Math.floor((base.now() - baseStartMs) * setting.speed) };
}
