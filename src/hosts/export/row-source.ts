import type { z } from 'zod';
import { DEFAULT_SETTINGS } from '../../contract/index.ts';
import type { Watchlist } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { Clock, DatasetName } from '../../market/index.ts';
import type { QueryStore } from '../../store/store.ts';
import { InstrumentDirectory } from '../../pipeline/instrument-directory.ts';
import type { Config } from '../config/config.ts';
import { connectionReason } from '../connection-reason.ts';
import { indicatorNames } from '../indicator-names.ts';
import { ProblemError } from '../web/rest/problem.ts';
import type { Problem } from '../web/rest/problem.ts';
import type { Resource, Row } from '../web/rest/resource.ts';
import { restResources } from '../web/rest/resources.ts';
import type { RestServices } from '../web/rest/rest-services.ts';
import { getJson } from './get-json.ts';
import type { ExportRequest, ExportTable } from './export-request.ts';

const PAGE_ROWS = 10_000;

interface RowPage {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

/** Answers one page of a table, from a running instance or from the store. */
export type FetchPage = (table: ExportTable, query: Readonly<Record<string, string>>) => Promise<RowPage>;

/** Columns of a table, in order. */
export function tableRow(table: ExportTable): z.ZodObject {
  return listOf(restResources(UNREACHED), table).row;
}

/** Every row of a request, page by page. Throws `closed` between two pages once `stop` aborts. */
export async function* exportRows(
  request: ExportRequest,
  fetchPage: FetchPage,
  stop: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  let left = request.maxRows ?? Number.POSITIVE_INFINITY;
  let cursor: string | null = null;
  do {
    if (stop.aborted) throw new TapedeckError('closed', 'The export was stopped before its end');
    const limit = String(Math.min(left, PAGE_ROWS));
    const page: RowPage = await fetchPage(request.table, {
      ...request.query,
      limit,
      ...(cursor === null ? {} : { cursor }),
    });
    yield page.rows;
    left -= page.rows.length;
    cursor = page.nextCursor;
  } while (cursor !== null && left > 0);
}

export interface StoreSource {
  readonly store: QueryStore;
  readonly config: Pick<Config, 'dataset' | 'indicatorPeriods'>;
  readonly watchlists: readonly Watchlist[];
  readonly clock: Clock;
}

/** Straight from a store that nobody else uses, with the same checks as over HTTP. */
export function storePages({ store, config, watchlists, clock }: StoreSource): FetchPage {
  const resources = restResources({
    ...UNREACHED,
    read: (_dataset, work) => work(store),
    indicatorNames: () => indicatorNames(config.indicatorPeriods),
    findInstrument: (symbol) => new InstrumentDirectory(null, store).find(symbol),
    current: () => ({ dataset: config.dataset, nowMs: clock.now() }),
    settings: { ...UNREACHED.settings, watchlists: () => watchlists },
  });
  return async (table, query) => {
    const answer = await listOf(resources, table).answer({ query, parameters: {}, body: undefined });
    if (answer.kind === 'list') return answer;
    throw new TapedeckError('internal', `${table} is not a list`);
  };
}

/** Through the running instance at `url`; `dataset` is null for the one it runs. */
export function httpPages(url: string, token: string, dataset: DatasetName | null): FetchPage {
  const resources = restResources(UNREACHED);
  return async (table, query) => {
    const resource = listOf(resources, table);
    const address = new URL(`/api/v1${resource.path}`, url);
    // What belongs to the user is the same in every dataset.
    if (dataset !== null && 'dataset' in (resource.query?.shape ?? {})) address.searchParams.set('dataset', dataset);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    const { status, body } = await getJson(address, token).catch((error: unknown) => {
      const message = `the running TapeDeck at ${url} does not answer${connectionReason(error)}`;
      throw new TapedeckError('connection-lost', message, { cause: error });
    });
    if (status !== 200) throw new ProblemError(body as Problem);
    const { data, nextCursor } = body as { data: readonly Row[]; nextCursor: string | null };
    return { rows: data, nextCursor };
  };
}

function listOf(resources: readonly Resource[], table: ExportTable): Resource {
  const found = resources.find((resource) => resource.isList && tableOf(resource) === table);
  if (found === undefined) throw new TapedeckError('internal', `there is no list of ${table}`);
  return found;
}

/** The name under which a list is exported. */
export function tableOf({ path }: Resource): string {
  return path.slice(1).replaceAll('/', '-');
}

function unreached(): never {
  throw new TapedeckError('unsupported', 'only a running TapeDeck can answer that');
}

/** A table read from the store needs nothing of a running host. */
const UNREACHED: RestServices = {
  desk: unreached,
  deadLetters: unreached,
  read: unreached,
  backfills: unreached,
  indicatorNames: () => [],
  findInstrument: unreached,
  status: unreached,
  current: unreached,
  health: unreached,
  applyWatchlists: unreached,
  settings: {
    path: '',
    settings: () => DEFAULT_SETTINGS,
    updateSettings: unreached,
    watchlists: () => [],
    changeWatchlists: unreached,
    layout: () => null,
    saveLayout: unreached,
    onChange: () => () => undefined,
    onNotice: () => () => undefined,
    close: () => undefined,
  },
};
