import type { Clock } from '../market/index.ts';
import { LatencyWindow } from './health/latency-window.ts';
import { RateWindow } from './health/rate-window.ts';
import type { Role } from './pipeline.ts';

const COUNTING_ROLES: readonly Role[] = ['ingest', 'analyze', 'persist', 'serve'];

/** What the status line shows about the flow through this process. */
export class Activity {
  readonly latency: LatencyWindow;
  /** In the ledger, read now and then. */
  openGaps = 0;
  #deadLetters = 0;
  #storedTimeMs: number | null = null;
  #eventTimeMs: number | null = null;
  readonly #trades: RateWindow;
  readonly #countingRole: Role | null;
  readonly #deadLetterRole: Role;
  readonly #timingRole: Role;

  /** Where several roles run in one process only the first of the path counts, or a trade would count several times. */
  constructor(clock: Clock, roles: ReadonlySet<Role>) {
    this.#trades = new RateWindow(clock);
    this.#countingRole = COUNTING_ROLES.find((role) => roles.has(role)) ?? null;
    this.#deadLetterRole = roles.has('persist') ? 'persist' : 'serve';
    this.#timingRole = roles.has('ingest') ? 'ingest' : 'serve';
    this.latency = new LatencyWindow(clock);
  }

  countTrades(role: Role, count: number): void {
    if (role === this.#countingRole) this.#trades.add(count);
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
    return this.#trades.perSecond();
  }
}
