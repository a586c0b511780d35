import type { Clock } from '../market/index.ts';
import { LatencyWindow } from './latency-window.ts';
import type { Role } from './pipeline.ts';

const WINDOW_SECONDS = 5;
const COUNTING_ROLES: readonly Role[] = ['ingest', 'analyze', 'persist', 'serve'];

/** What the status line shows about the flow through this process. */
export class Activity {
  readonly latency: LatencyWindow;
  /** In the ledger, read now and then. */
  openGaps = 0;
  #deadLetters = 0;
  #storedTimeMs: number | null = null;
  #eventTimeMs: number | null = null;
  readonly #clock: Clock;
  readonly #countingRole: Role | null;
  readonly #deadLetterRole: Role;
  readonly #timingRole: Role;
  /** Trades of the running second and the seconds before it, by second modulo the length. */
  readonly #counts = new Float64Array(WINDOW_SECONDS + 1);
  readonly #seconds = new Float64Array(WINDOW_SECONDS + 1).fill(-1);

  /** Where several roles run in one process only the first of the path counts, or a trade would count several times. */
  constructor(clock: Clock, roles: ReadonlySet<Role>) {
    this.#clock = clock;
    this.#countingRole = COUNTING_ROLES.find((role) => roles.has(role)) ?? null;
    this.#deadLetterRole = roles.has('persist') ? 'persist' : 'serve';
    this.#timingRole = roles.has('ingest') ? 'ingest' : 'serve';
    this.latency = new LatencyWindow(clock);
  }

  countTrades(role: Role, count: number): void {
    if (role !== this.#countingRole) return;
    const second = Math.floor(this.#clock.now() / 1000);
    const at = second % this.#counts.length;
    if (this.#seconds[at] !== second) {
      this.#seconds[at] = second;
      this.#counts[at] = 0;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
  }

  /** New ones, between two counts of the store. */
  countDeadLetters(role: Role, count: number): void {
    if (role === this.#deadLetterRole) this.#deadLetters += count;
  }

  /** Open ones, as counted in the store. */
  setDeadLetters(count: number): void {
    this.#deadLetters = count;
  }

  get deadLetters(): number {
    return this.#deadLetters;
  }

  /** Exchange time of the latest event; until one comes, of the latest price in the store. Null where nothing is known. */
  get marketTimeMs(): number | null {
    return this.#eventTimeMs ?? this.#storedTimeMs;
  }

  /** A feed knows where it stands, also when it begins again; over the bus events of several partitions come mixed. */
  noteEventTime(role: Role, timeMs: number): void {
    if (role !== this.#timingRole) return;
    this.#eventTimeMs = role === 'ingest' ? timeMs : Math.max(timeMs, this.#eventTimeMs ?? timeMs);
  }

  noteStoredTime(timeMs: number): void {
    this.#storedTimeMs = Math.max(timeMs, this.#storedTimeMs ?? timeMs);
  }

  /** Mean of the last five whole seconds. */
  tradesPerSecond(): number {
    const second = Math.floor(this.#clock.now() / 1000);
    let sum = 0;
    this.#counts.forEach((count, at) => {
      const age = second - (this.#seconds[at] ?? -1);
      if (age >= 1 && age <= WINDOW_SECONDS) sum += count;
    });
    return sum / WINDOW_SECONDS;
  }
}
