import { basename } from 'node:path';
import { DATASET_WATCHLIST_ID, watchlistSchema } from '../contract/index.ts';
import type { Watchlist } from '../contract/index.ts';
import { isReplayDataset, TapedeckError } from '../market/index.ts';
import type { DatasetName } from '../market/index.ts';
import type { Desk } from '../pipeline/pipeline.ts';
import type { Config } from './config/config.ts';

const MAX_SYMBOLS = 2_000;
const MAX_NAME_CHARACTERS = 60;
/** A file of many symbols names them all within moments; screens are told the list a few times, not once for each. */
const TELL_AFTER_MS = 200;

const { symbols: symbolsSchema } = watchlistSchema.shape;

/**
 * The list that a replay shows first: what its file holds, as far as it was replayed. It follows the data of a running
 * desk and is in no settings file, so that the user's own lists stay as they are.
 */
export class DatasetWatchlist {
  readonly #onChange: () => void;
  #symbols: readonly string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #stopFollowing: () => void = () => undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** From now on shows the symbols of this desk, if it shows a replay. */
  follow(desk: Desk, dataset: DatasetName): void {
    this.#stopFollowing();
    if (!isReplayDataset(dataset)) return;
    const read = (): void => {
      this.#timer = null;
      this.#symbols = desk.seenSymbols().filter(isTicker).slice(0, MAX_SYMBOLS);
      this.#onChange();
    };
    const unsubscribe = desk.onSeenSymbols(() => {
      this.#timer ??= setTimeout(read, TELL_AFTER_MS);
    });
    this.#stopFollowing = () => {
      unsubscribe();
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
    };
    read();
  }

  /** Null for a dataset that is no replay. */
  of({ dataset, replay }: Pick<Config, 'dataset' | 'replay'>): Watchlist | null {
    if (!isReplayDataset(dataset)) return null;
    const name = replay === null ? dataset.slice('replay-'.length) : basename(replay.file);
    return { id: DATASET_WATCHLIST_ID, name: name.slice(0, MAX_NAME_CHARACTERS), symbols: [...this.#symbols] };
  }

  close(): void {
    this.#stopFollowing();
  }
}

/** Throws `unsupported` for the list of a replay. */
export function refuseDatasetWatchlist(id: string): void {
  if (id !== DATASET_WATCHLIST_ID) return;
  throw new TapedeckError('unsupported', 'the list of a replay follows its file', {
    userMessage: 'This list shows what the replayed file holds. Make a list of your own to choose symbols.',
  });
}

/** Screens can ask for no other names. */
function isTicker(symbol: string): boolean {
  return symbolsSchema.element.safeParse(symbol).data === symbol;
}
