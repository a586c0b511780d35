import { type MarketEvent, marketEventToJson, TapedeckError } from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';

/**
 * What goes onto the bus, written into a file if one is wanted: history as well as the stream. A recording that cannot be gone
 * on with ends, and says so once; the market goes on without it.
 */
export class Recording {
  readonly #context: Pick<RoleContext, 'options' | 'errors' | 'notify'>;
  #hasEnded = false;

  constructor(context: Pick<RoleContext, 'options' | 'errors' | 'notify'>) {
    this.#context = context;
  }

  async write(events: readonly MarketEvent[]): Promise<void> {
    const { recorder } = this.#context.options;
    if (recorder === null || this.#hasEnded) return;
    try {
      for (const event of events) await recorder.write(marketEventToJson(event));
    } catch (cause) {
      this.#end(cause);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#context.options.recorder?.close();
    } catch (cause) {
      this.#end(cause);
    }
  }

  #end(cause: unknown): void {
    // The stream and the history write side by side, and both find the disk full.
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const error = TapedeckError.from(cause);
    this.#context.errors.report({ scope: 'ingest', error, outcome: 'gave-up', what: 'the recording ended' });
    this.#context.notify({ level: 'error', text: error.userMessage, key: 'recording' });
  }
}
