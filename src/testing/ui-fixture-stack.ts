import type { ServerEvent, StackServiceState, StackSnapshot } from '../contract/index.ts';

/** A bundled stack without Docker: keeps what was asked and tells what a test says. */
export class UiFixtureStack {
  /** Names of the requests, in order. */
  readonly asked: string[] = [];
  #snapshot: StackSnapshot;
  readonly #emit: (event: ServerEvent) => void;

  constructor(emit: (event: ServerEvent) => void, given: Partial<StackSnapshot> = {}) {
    this.#emit = emit;
    this.#snapshot = {
      work: 'none',
      progress: [],
      services: [fixtureService('kafka', 'Kafka'), fixtureService('database', 'TimescaleDB')],
      problem: null,
      isManagedHere: true,
      running: 'embedded',
      ...given,
    };
  }

  get snapshot(): StackSnapshot {
    return this.#snapshot;
  }

  /** As the host tells it: with an event. */
  change(part: Partial<StackSnapshot>): StackSnapshot {
    this.#snapshot = { ...this.#snapshot, ...part };
    this.#emit({ type: 'stack', stack: this.#snapshot });
    return this.#snapshot;
  }

  ask(what: string, part: Partial<StackSnapshot>): StackSnapshot {
    this.asked.push(what);
    return this.change(part);
  }
}

export function fixtureService(name: string, title: string, given: Partial<StackServiceState> = {}): StackServiceState {
  return { name, title, image: '', state: 'absent', health: '', exitCode: 0, ports: [], page: null, ...given };
}
