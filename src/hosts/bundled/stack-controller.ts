import type { StackServiceState, StackSnapshot } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { Log } from '../../market/index.ts';
import type { BundledStack } from './bundled-stack.ts';
import { BundledStackError } from './bundled-stack-error.ts';
import type { StackProgress } from './compose-progress.ts';
import type { StackProfile } from './stack-services.ts';

export interface StackControllerOptions {
  /** Null on a host that others reach too: they would start and stop what is not theirs. */
  readonly stack: BundledStack | null;
  /** Of the pipeline that runs now. */
  readonly running: () => StackSnapshot['running'];
  /** Restarts the pipeline on another stack and remembers it; rejects where that cannot be. */
  readonly switchTo: (stack: 'embedded' | 'bundled') => Promise<void>;
  readonly onChange: (snapshot: StackSnapshot) => void;
  readonly log: Log;
}

const ELSEWHERE =
  'This TapeDeck is open to other machines, so its stack is not started from here. On its own machine: npm run stack -- up, then start it with --stack bundled.';

/** One piece of work with the bundled stack at a time, and what screens are told about it. */
export class StackController {
  readonly #options: StackControllerOptions;
  #work: StackSnapshot['work'] = 'none';
  #progress: readonly StackProgress[] = [];
  #services: readonly StackServiceState[] = [];
  /** What the last work came to; kept until the next one. */
  #failure: StackSnapshot['problem'] = null;
  /** What asking Docker came to; gone as soon as it answers. */
  #trouble: StackSnapshot['problem'] = null;
  #stop = new AbortController();
  /** The work under way or done last, with what it failed with. */
  #running: Promise<TapedeckError | null> = Promise.resolve(null);
  #asking: Promise<void> | null = null;
  readonly #closing = new AbortController();

  constructor(options: StackControllerOptions) {
    this.#options = options;
  }

  /** Asks Docker; what keeps it from answering is part of the snapshot. */
  async status(): Promise<StackSnapshot> {
    const { stack } = this.#options;
    if (stack !== null) await (this.#asking ??= this.#ask(stack).finally(() => (this.#asking = null)));
    return this.#snapshot();
  }

  start(profiles: readonly StackProfile[], switchOver: boolean): StackSnapshot {
    return this.#begin('starting', async (stack, signal) => {
      this.#services = await stack.up(profiles, (progress) => this.#tell(progress), signal);
      if (!switchOver || this.#options.running() === 'bundled') return;
      this.#tell({ subject: 'pipeline', text: 'moving to the bundled stack', percent: null });
      await this.#options.switchTo('bundled');
      this.#tell({ subject: 'pipeline', text: 'runs on the bundled stack', percent: null });
    });
  }

  stop(): StackSnapshot {
    return this.#begin('stopping', async (stack, signal) => {
      if (this.#options.running() === 'bundled') {
        this.#tell({ subject: 'pipeline', text: 'moving to the embedded stack', percent: null });
        await this.#options.switchTo('embedded');
      }
      await stack.down({ removeData: false }, (progress) => this.#tell(progress), signal);
      this.#services = await stack.status(signal);
    });
  }

  switchTo(target: 'embedded' | 'bundled'): StackSnapshot {
    return this.#begin('switching', async () => {
      this.#tell({ subject: 'pipeline', text: `moving to the ${target} stack`, percent: null });
      await this.#options.switchTo(target);
      this.#tell({ subject: 'pipeline', text: `runs on the ${target} stack`, percent: null });
    });
  }

  /**
   * Moves the pipeline from the other of the two and answers whether it had to: resolves once it has moved, rejects with why it
   * has not, and with `conflict` during other work, which may be about to move it.
   */
  async move(target: 'embedded' | 'bundled'): Promise<boolean> {
    this.#requireIdle();
    if (this.#options.running() !== (target === 'bundled' ? 'embedded' : 'bundled')) return false;
    this.switchTo(target);
    const failure = await this.#running;
    if (failure !== null) throw failure;
    return true;
  }

  /** Ends the work that is under way; without any nothing happens. */
  cancel(): StackSnapshot {
    this.#stop.abort();
    return this.#snapshot();
  }

  /** Ends the work and waits for its programs. What runs in Docker goes on. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#stop.abort();
    await Promise.allSettled([this.#running, this.#asking]);
  }

  #begin(work: StackSnapshot['work'], run: (stack: BundledStack, signal: AbortSignal) => Promise<void>): StackSnapshot {
    const { stack } = this.#options;
    if (stack === null) throw new TapedeckError('unsupported', ELSEWHERE);
    this.#requireIdle();
    this.#work = work;
    this.#progress = [];
    this.#failure = null;
    this.#stop = new AbortController();
    this.#running = this.#run(() => run(stack, this.#stop.signal));
    return this.#changed();
  }

  #requireIdle(): void {
    if (this.#work === 'none') return;
    throw new TapedeckError('conflict', `the stack is ${this.#work}`, {
      userMessage: `The stack is ${this.#work} already: wait, or cancel that first.`,
    });
  }

  async #run(work: () => Promise<void>): Promise<TapedeckError | null> {
    try {
      await work();
      return null;
    } catch (error) {
      this.#failure = problemOf(error);
      const isWished = error instanceof BundledStackError && error.problem === 'stopped';
      if (!isWished) this.#options.log.warn({ error, work: this.#work }, 'the bundled stack did not do as asked');
      return TapedeckError.from(error);
    } finally {
      this.#work = 'none';
      this.#changed();
    }
  }

  async #ask(stack: BundledStack): Promise<void> {
    try {
      this.#services = await stack.status(this.#closing.signal);
      this.#trouble = null;
    } catch (error) {
      this.#services = [];
      this.#trouble = problemOf(error);
    }
  }

  #tell(progress: StackProgress): void {
    const others = this.#progress.some(({ subject }) => subject === progress.subject);
    this.#progress = others
      ? this.#progress.map((row) => (row.subject === progress.subject ? progress : row))
      : [...this.#progress, progress];
    this.#changed();
  }

  #changed(): StackSnapshot {
    const snapshot = this.#snapshot();
    if (!this.#closing.signal.aborted) this.#options.onChange(snapshot);
    return snapshot;
  }

  #snapshot(): StackSnapshot {
    const isManagedHere = this.#options.stack !== null;
    return {
      work: this.#work,
      progress: [...this.#progress],
      services: this.#services.map((service) => ({ ...service, ports: [...service.ports] })),
      problem: isManagedHere ? (this.#trouble ?? this.#failure) : { kind: 'elsewhere', text: ELSEWHERE },
      isManagedHere,
      running: this.#options.running(),
    };
  }
}

function problemOf(error: unknown): NonNullable<StackSnapshot['problem']> {
  const known = TapedeckError.from(error);
  return { kind: known instanceof BundledStackError ? known.problem : known.code, text: known.userMessage };
}
