import type { Bus } from '../bus/bus.ts';
import { TapedeckError } from '../market/index.ts';
import type { Store } from '../store/store.ts';

export interface SeveredParts {
  readonly bus: Bus;
  readonly store: Store;
  /** Resolves at the moment of death. */
  readonly severed: Promise<void>;
}

/**
 * A log and a store that die together once this many trades were published: from then on every call fails, so nothing
 * that a closing pipeline would still write gets through, as after the end of its process.
 */
export function severable(bus: Bus, store: Store, afterTrades: number): SeveredParts {
  let trades = 0;
  let isDead = false;
  let die: () => void = () => undefined;
  const severed = new Promise<void>((resolve) => {
    die = () => {
      isDead = true;
      resolve();
    };
  });
  const guard = <T extends object>(target: T, onCall: (name: string, args: readonly unknown[]) => void): T =>
    new Proxy(target, {
      get: (from, name) => {
        const value: unknown = Reflect.get(from, name);
        if (typeof value !== 'function') return value;
        // It asks nobody, and answers no promise.
        if (name === 'logIdOf') return (...args: readonly unknown[]): unknown => Reflect.apply(value, from, args);
        return (...args: readonly unknown[]): unknown => {
          if (isDead) return Promise.reject(new TapedeckError('connection-lost', 'cut off', { retryable: true }));
          onCall(String(name), args);
          return Reflect.apply(value, from, args);
        };
      },
    });
  const countTrades = (name: string, args: readonly unknown[]): void => {
    if (name !== 'publish' || args[0] !== 'trades') return;
    trades += (args[1] as readonly unknown[]).length;
    // The publication itself may still arrive, or not; a moment later nothing does.
    if (trades >= afterTrades) setTimeout(die, 30);
  };
  return { bus: guard(bus, countTrades), store: guard(store, () => undefined), severed };
}
