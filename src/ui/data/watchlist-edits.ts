import type { Watchlist } from '../../contract/index.ts';

export interface WatchlistEditsOptions {
  /** Resolves to all lists as the host has them then; null when it refused. */
  readonly send: (watchlist: Watchlist) => Promise<readonly Watchlist[] | null>;
  /** Called with what the user is to see. */
  readonly show: (watchlists: readonly Watchlist[]) => void;
}

interface Edit {
  readonly watchlist: Watchlist;
  readonly settled: ((isSaved: boolean) => void)[];
}

/**
 * Edits of whole lists, sent one after the other. What the host says about lists is shown with the edits it has not answered
 * yet on top: the answer to the first of two quick edits would take the second one back, and the third be made without it.
 */
export class WatchlistEdits {
  readonly #options: WatchlistEditsOptions;
  #confirmed: readonly Watchlist[] = [];
  #sent: Edit | null = null;
  /** By list: the latest edit holds all before it. */
  readonly #waiting = new Map<string, Edit>();

  constructor(options: WatchlistEditsOptions) {
    this.#options = options;
  }

  /** Shows the edit at once and takes it back if the host refuses it. Resolves to whether it is saved. */
  save(watchlist: Watchlist): Promise<boolean> {
    return new Promise((resolve) => {
      const settled = [...(this.#waiting.get(watchlist.id)?.settled ?? []), resolve];
      this.#waiting.set(watchlist.id, { watchlist, settled });
      this.#show();
      if (this.#sent === null) void this.#sendAll();
    });
  }

  /** The lists as the host has them. An edit of one that was deleted meanwhile would bring it back. */
  take(watchlists: readonly Watchlist[]): void {
    const kept = new Set(watchlists.map(({ id }) => id));
    for (const { id } of this.#confirmed) {
      const edit = this.#waiting.get(id);
      if (edit === undefined || kept.has(id)) continue;
      this.#waiting.delete(id);
      for (const settled of edit.settled) settled(false);
    }
    this.#confirmed = watchlists;
    this.#show();
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const [next] = this.#waiting.values();
      if (next === undefined) return;
      this.#waiting.delete(next.watchlist.id);
      this.#sent = next;
      const answer = await this.#options.send(next.watchlist);
      this.#sent = null;
      this.take(answer ?? this.#confirmed);
      for (const settled of next.settled) settled(answer !== null);
    }
  }

  #show(): void {
    const edits = [...(this.#sent === null ? [] : [this.#sent]), ...this.#waiting.values()];
    const shown = new Map(this.#confirmed.map((watchlist) => [watchlist.id, watchlist]));
    for (const { watchlist } of edits) shown.set(watchlist.id, watchlist);
    this.#options.show([...shown.values()]);
  }
}
