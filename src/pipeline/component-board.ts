import type { Clock } from '../market/index.ts';
import type { ComponentState } from '../contract/index.ts';

export type ComponentName = 'feed' | 'bus' | 'store' | 'ingest' | 'analyze' | 'persist' | 'notify' | 'serve';

type NamedState = ComponentState & { readonly name: ComponentName };

/** The state of everything that can fail, in one place; `status()` and the desks read it. */
export class ComponentBoard {
  readonly #clock: Clock;
  readonly #states = new Map<ComponentName, NamedState>();
  readonly #outages = new Map<ComponentName, number>();
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(name: ComponentName, state: ComponentState['state'], detail: string): void {
    const before = this.#states.get(name);
    if (before?.state === state && before.detail === detail) return;
    const sinceMs = before?.state === state ? before.sinceMs : this.#clock.now();
    const isOutage = before?.state === 'ok' && (state === 'degraded' || state === 'down');
    if (isOutage) this.#outages.set(name, this.outagesOf(name) + 1);
    this.#states.set(name, { name, state, detail, sinceMs });
    for (const listener of this.#listeners) listener();
  }

  get(name: ComponentName): ComponentState | null {
    return this.#states.get(name) ?? null;
  }

  /** How often it went from working to degraded or down. */
  outagesOf(name: ComponentName): number {
    return this.#outages.get(name) ?? 0;
  }

  /** In the order in which they were first set. */
  list(): readonly NamedState[] {
    return [...this.#states.values()];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
