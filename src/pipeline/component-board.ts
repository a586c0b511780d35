import type { Clock } from '../market/index.ts';
import type { ComponentState } from '../contract/index.ts';

export type ComponentName = 'feed' | 'bus' | 'store' | 'ingest' | 'analyze' | 'persist' | 'notify' | 'serve';

/** The state of everything that can fail, in one place; `status()` and the desks read it. */
export class ComponentBoard {
  readonly #clock: Clock;
  readonly #states = new Map<ComponentName, ComponentState>();
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(name: ComponentName, state: ComponentState['state'], detail: string): void {
    const before = this.#states.get(name);
    if (before?.state === state && before.detail === detail) return;
    const sinceMs = before?.state === state ? before.sinceMs : this.#clock.now();
    this.#states.set(name, { name, state, detail, sinceMs });
    for (const listener of this.#listeners) listener();
  }

  get(name: ComponentName): ComponentState | null {
    return this.#states.get(name) ?? null;
  }

  /** In the order in which they were first set. */
  list(): readonly ComponentState[] {
    return [...this.#states.values()];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
