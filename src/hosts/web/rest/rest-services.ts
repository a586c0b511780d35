import type { PipelineHealth, StatusSnapshot } from '../../../contract/index.ts';
import { InstrumentDirectory } from '../../../pipeline/instrument-directory.ts';
import type { DeadLetterDesk } from '../../../pipeline/dead-letters/dead-letter-desk.ts';
import type { Desk, FoundInstrument } from '../../../pipeline/pipeline.ts';
import type { BackfillDesk } from '../../../pipeline/quality/backfill-desk.ts';
import type { QueryStore } from '../../../store/store.ts';
import type { SettingsStore } from '../../settings/settings-store.ts';
import { TapedeckError } from '../../../market/index.ts';
import type { DatasetName, ErrorCode, Instrument } from '../../../market/index.ts';
import { unknownSymbol } from './problem.ts';

const FEED_TROUBLE: ReadonlySet<ErrorCode> = new Set([
  'unauthorized',
  'plan-limit',
  'throttled',
  'connection-lost',
  'timeout',
]);

/** What the REST resources answer from. */
export interface RestServices {
  /** Throws a retryable error while the pipeline is not up, `unsupported` where nobody serves. */
  desk(): Desk;
  /** Throws a retryable error while the pipeline is not up. */
  deadLetters(): DeadLetterDesk;
  findInstrument(symbol: string): Promise<FoundInstrument>;
  /**
   * Runs `work` on the store of the dataset being run, or of another that was asked for by name. Throws as `desk`, and
   * `not-found` for a dataset that is not there.
   */
  read<T>(dataset: DatasetName | undefined, work: (store: QueryStore) => Promise<T>): Promise<T>;
  /** Throws a retryable error while the pipeline is not up. */
  backfills(): BackfillDesk;
  /** Names of all values that are computed for each candle. */
  indicatorNames(): readonly string[];
  status(): StatusSnapshot;
  /** The dataset being run, and the time that its clock shows. */
  current(): { readonly dataset: DatasetName; readonly nowMs: number };
  /** Null while the pipeline is not up. */
  health(): PipelineHealth | null;
  /** Subscribes what the watchlists hold now. */
  applyWatchlists(): Promise<void>;
  readonly settings: SettingsStore;
}

/**
 * Throws `unknown-symbol` for the first of them that the feed does not know. A host without the feed knows only what was
 * stored, so it takes every symbol and leaves the refusal to the host that ingests.
 */
export async function requireSymbols(services: RestServices, symbols: readonly string[]): Promise<void> {
  if (!services.status().roles.includes('ingest')) return;
  for (const symbol of symbols) await requireKnown(services, symbol, true);
}

/** An empty answer about a symbol nobody knows is a 404 with near names, not an empty list. */
export async function requireKnown(
  services: RestServices,
  symbol: string,
  isEmpty: boolean,
  dataset?: DatasetName,
): Promise<void> {
  if (!isEmpty) return;
  const found =
    dataset === undefined
      ? await findUnlessFeedFails(services, symbol)
      : await services.read(dataset, (store) => new InstrumentDirectory(null, store).find(symbol));
  if (found !== null && found.instrument === null) throw unknownSymbol(symbol, found.suggestions);
}

/** Throws `unknown-symbol` with near names. */
export async function knownInstrument(
  services: RestServices,
  symbol: string,
  dataset?: DatasetName,
): Promise<Instrument> {
  const { instrument, suggestions } =
    dataset === undefined
      ? await services.findInstrument(symbol)
      : await services.read(dataset, (store) => new InstrumentDirectory(null, store).find(symbol));
  if (instrument === null) throw unknownSymbol(symbol, suggestions);
  return instrument;
}

/** Null where the feed cannot say: its trouble (a refused key, no network) is not the asker's, and the store still answers. */
async function findUnlessFeedFails(services: RestServices, symbol: string): Promise<FoundInstrument | null> {
  try {
    return await services.findInstrument(symbol);
  } catch (error) {
    if (error instanceof TapedeckError && FEED_TROUBLE.has(error.code)) return null;
    throw error;
  }
}
