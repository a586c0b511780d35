import type { ServerEvent } from '../contract/index.ts';

const MAX_QUEUED = 500;

/**
 * Events for one client that reads at its own pace. Of `status`, `watchlists`, `alert-rules` and of a notice's key only the
 * latest waits; beyond the bound the oldest goes.
 */
export class EventQueue {
  #waiting: ServerEvent[] = [];
  #wake: (() => void) | null = null;
  #isClosed = false;

  push(event: ServerEvent): void {
    if (this.#isClosed) return;
    const key = replacementKey(event);
    if (key !== null) this.#waiting = this.#waiting.filter((queued) => replacementKey(queued) !== key);
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_QUEUED) this.#waiting.shift();
    this.#wake?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async *read(): AsyncGenerator<ServerEvent, void, void> {
    while (!this.#isClosed) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}

function replacementKey(event: ServerEvent): string | null {
  if (event.type === 'alert') return null;
  return event.type === 'notice' ? `notice:${event.key}` : event.type;
}
