/** Which way a value has to pass a level to fire. */
export type CrossingDirection = 'up' | 'down' | 'both';

/** Plain data, so that it can go into a checkpoint. */
export interface LevelState {
  /** The side of the level the value was last seen on; `unknown` before the first value. */
  side: 'unknown' | 'below' | 'above';
  /** False after a crossing until the value has gone back by the hysteresis. */
  isArmed: boolean;
  /** Exchange time of the last firing; -Infinity is written as null by JSON, so null it is. */
  firedMs: number | null;
}

export function newLevelState(): LevelState {
  return { side: 'unknown', isArmed: true, firedMs: null };
}

/**
 * Takes the next value and says whether it crossed the level. The first value only tells the side: a rule made while the
 * value is already beyond its level waits for the next crossing. A jump over the level is a crossing. `reach` is how far,
 * in the value's unit, the value must go back before the rule arms again.
 */
export function crosses(
  state: LevelState,
  value: number,
  level: number,
  direction: CrossingDirection,
  reach: number,
): boolean {
  const side = value > level ? 'above' : value < level ? 'below' : null;
  if (state.side === 'unknown') {
    if (side !== null) state.side = side;
    return false;
  }
  if (!state.isArmed) {
    // For a rule of both ways it is enough to leave the level, on either side.
    const isBelow = direction !== 'down' && value <= level - reach;
    const isAbove = direction !== 'up' && value >= level + reach;
    if (!isBelow && !isAbove) return false;
    state.isArmed = true;
  }
  if (side === null || side === state.side) return false;
  state.side = side;
  if (direction === 'up' && side === 'below') return false;
  if (direction === 'down' && side === 'above') return false;
  // A jump far beyond the level has left it already, as far as a rule of both ways is concerned.
  state.isArmed = direction === 'both' && (value >= level + reach || value <= level - reach);
  return true;
}

/** True unless the rule fired less than `cooldownMs` of exchange time ago; remembers the firing. */
export function takeFiring(state: LevelState, timeMs: number, cooldownMs: number): boolean {
  if (state.firedMs !== null && timeMs - state.firedMs < cooldownMs) return false;
  state.firedMs = timeMs;
  return true;
}
