import { TapedeckError } from '../market/index.ts';

interface Closable {
  close(): Promise<void>;
}

/** What has been opened so far, closed again newest first. */
export class Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** Waits for what is being opened, and closes it with the rest. */
  async keep<T extends Closable>(opening: T | Promise<T>): Promise<T> {
    const resource = await opening;
    this.add(() => resource.close());
    return resource;
  }

  /** Runs every step, whatever the ones before it came to, and rejects with what failed; a second run has nothing to do. */
  async run(): Promise<void> {
    const failures: TapedeckError[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(TapedeckError.from(error));
      }
    }
    const [first, ...others] = failures;
    if (first === undefined) return;
    if (others.length === 0) throw first;
    throw new TapedeckError(first.code, failures.map((failure) => failure.message).join('; '), {
      userMessage: failures.map((failure) => failure.userMessage).join(' '),
      cause: new AggregateError(failures),
    });
  }
}
