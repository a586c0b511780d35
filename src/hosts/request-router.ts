import { randomUUID } from 'node:crypto';
import { implement } from '@orpc/server';
import type { RouterClient } from '@orpc/server';
import { DATASET_WATCHLIST_ID, requests } from '../contract/index.ts';
import type { PipelineHealth, ServerEvent, Settings, StatusSnapshot, Watchlist } from '../contract/index.ts';
import { describeIndicator, indicatorKeys, offeredIndicators } from '../analysis/index.ts';
import type { IndicatorDescription, IndicatorPeriods } from '../analysis/index.ts';
import type { Log } from '../market/index.ts';
import type { DeadLetterDesk } from '../pipeline/dead-letters/dead-letter-desk.ts';
import type { BackfillDesk } from '../pipeline/quality/backfill-desk.ts';
import type { AlertThresholds, Desk } from '../pipeline/pipeline.ts';
import type { QueryStore } from '../store/store.ts';
import type { StackController } from './bundled/stack-controller.ts';
import { refuseDatasetWatchlist } from './dataset-watchlist.ts';
import { EventQueue } from './event-queue.ts';
import { qualityRequestHandlers } from './quality-requests.ts';
import { requestError } from './request-errors.ts';
import type { SecretStore, SettingsStore } from './settings/settings-store.ts';
import { exportWatchlists, importWatchlists } from './settings/watchlist-files.ts';
import {
  findWatchlist,
  mergeWatchlists,
  reorderWatchlists,
  withWatchlist,
  withoutWatchlist,
} from './settings/watchlist-operations.ts';

/** What a host lends to the requests of its screens. */
export interface RequestServices {
  /** Waits while the pipeline is being opened; rejects with a retryable error where something it needs is away. */
  desk(): Promise<Desk>;
  /** As `desk`, on hosts that do not serve too. */
  store(): Promise<QueryStore>;
  /** Throws a retryable error while the pipeline is not up. */
  deadLetters(): DeadLetterDesk;
  /** Throws as `deadLetters`. */
  backfills(): BackfillDesk;
  status(): StatusSnapshot;
  health(): PipelineHealth | null;
  /** Everything a screen is told unasked, from pipeline and host; survives restarts of the pipeline. */
  onEvent(listener: (event: ServerEvent) => void): () => void;
  /** The user's lists in the settings, before them what the host adds of its own. */
  watchlists(): readonly Watchlist[];
  /** Subscribes what the watchlists hold now; resolves once the pipeline knows. */
  applyWatchlists(): Promise<void>;
  restartPipeline(): Promise<void>;
  readonly stack: StackController;
  readonly settings: SettingsStore;
  readonly secrets: SecretStore;
  readonly alertThresholds: AlertThresholds;
  readonly indicatorPeriods: IndicatorPeriods;
  readonly log: Log;
}

/** Answers `src/contract/requests.ts`, the same over WebSocket and MessagePort. */
export function createRequestRouter(services: RequestServices) {
  const { settings, secrets, log } = services;
  const answer = implement(requests).use(async ({ next }) => {
    try {
      return await next();
    } catch (error) {
      throw requestError(error, log);
    }
  });
  const changeLists = async (change: (lists: readonly Watchlist[]) => readonly Watchlist[]) => {
    settings.changeWatchlists(change);
    await services.applyWatchlists();
    return [...services.watchlists()];
  };

  return answer.router({
    status: answer.status.handler(() => services.status()),
    health: answer.health.handler(() => services.health()),
    events: answer.events.handler(({ signal }) => events(services, signal)),

    symbols: {
      search: answer.symbols.search.handler(async ({ input }) => [
        ...(await (await services.desk()).searchInstruments(input.query, input.limit)),
      ]),
      find: answer.symbols.find.handler(async ({ input }) => {
        const { instrument, suggestions } = await (await services.desk()).findInstrument(input.symbol);
        return { instrument, suggestions: [...suggestions] };
      }),
    },

    watchlists: {
      list: answer.watchlists.list.handler(() => [...services.watchlists()]),
      save: answer.watchlists.save.handler(({ input }) => {
        refuseDatasetWatchlist(input.watchlist.id);
        return changeLists((lists) => withWatchlist(lists, input.watchlist));
      }),
      remove: answer.watchlists.remove.handler(({ input }) => {
        refuseDatasetWatchlist(input.id);
        return changeLists((lists) => withoutWatchlist(lists, input.id));
      }),
      reorder: answer.watchlists.reorder.handler(({ input }) => {
        const ids = input.ids.filter((id) => id !== DATASET_WATCHLIST_ID);
        return changeLists((lists) => reorderWatchlists(lists, ids));
      }),
      exportText: answer.watchlists.exportText.handler(({ input }) => {
        const lists = input.ids.map((id) => findWatchlist(services.watchlists(), id));
        const base = lists.length === 1 ? fileName(lists[0]?.name ?? '') : 'watchlists';
        return { fileName: `${base}.${input.format}`, text: exportWatchlists(lists, input.format) };
      }),
      importText: answer.watchlists.importText.handler(async ({ input }) => {
        const { lists: imported, rejected } = importWatchlists(input.text, input.format, input.name);
        const watchlists = await changeLists((lists) => mergeWatchlists(lists, imported, () => randomUUID()));
        return { watchlists, rejected: [...rejected] };
      }),
    },

    candles: {
      range: answer.candles.range.handler(async ({ input }) => (await services.desk()).candleRange(input)),
      indicators: answer.candles.indicators.handler(({ input }) => ({
        offered: offeredIndicators(indicatorKeys(services.indicatorPeriods)).map(toDescription),
        described: input.keys.flatMap((key) => describeIndicator(key) ?? []).map(toDescription),
      })),
      sparklines: answer.candles.sparklines.handler(async ({ input }) => {
        const lines = await (await services.desk()).sparklines(input.symbols, input.points);
        return Object.fromEntries(Object.entries(lines).map(([symbol, closes]) => [symbol, [...closes]]));
      }),
    },

    alerts: {
      list: answer.alerts.list.handler(async ({ input }) => [
        ...(await (await services.desk()).recentAlerts(input.limit, input.symbol)),
      ]),
    },

    alertRules: {
      list: answer.alertRules.list.handler(async () => [...(await (await services.desk()).alertRules())]),
      save: answer.alertRules.save.handler(async ({ input }) => (await services.desk()).saveAlertRule(input)),
      remove: answer.alertRules.remove.handler(async ({ input }) => ({
        isRemoved: await (await services.desk()).removeAlertRule(input.id),
      })),
      defaults: answer.alertRules.defaults.handler(() => {
        const { rsiOverbought, rsiOversold, volatility, priceChangePercent, volumeChangePercent } =
          services.alertThresholds;
        return { rsiOverbought, rsiOversold, volatilityThreshold: volatility, priceChangePercent, volumeChangePercent };
      }),
    },

    settings: {
      get: answer.settings.get.handler(() => settings.settings()),
      update: answer.settings.update.handler(({ input }) => settings.updateSettings(withoutUndefined(input))),
      secrets: answer.settings.secrets.handler(async () => ({ ...(await secrets.states()) })),
      setSecret: answer.settings.setSecret.handler(({ input }) => secrets.setSecret(input.name, input.value)),
      restartPipeline: answer.settings.restartPipeline.handler(async () => {
        await services.restartPipeline();
        return { isRestarting: true };
      }),
    },

    ...qualityRequestHandlers(services),
    stack: {
      status: answer.stack.status.handler(() => services.stack.status()),
      start: answer.stack.start.handler(({ input }) => services.stack.start(input.profiles, input.switchOver)),
      stop: answer.stack.stop.handler(() => services.stack.stop()),
      switchTo: answer.stack.switchTo.handler(({ input }) => services.stack.switchTo(input.stack)),
      cancel: answer.stack.cancel.handler(() => services.stack.cancel()),
    },

    layout: {
      get: answer.layout.get.handler(({ input }) => settings.layout(input.workspace)),
      save: answer.layout.save.handler(({ input }) => {
        settings.saveLayout(input.workspace, input.model);
        return { isSaved: true };
      }),
    },
  });
}

export type RequestRouter = ReturnType<typeof createRequestRouter>;
export type RequestClient = RouterClient<RequestRouter>;

async function* events(services: RequestServices, signal: AbortSignal | undefined): AsyncGenerator<ServerEvent> {
  const queue = new EventQueue();
  queue.push({ type: 'status', status: services.status() });
  const unsubscribe = services.onEvent((event) => queue.push(event));
  const stop = (): void => queue.close();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  try {
    yield* queue.read();
  } finally {
    signal?.removeEventListener('abort', stop);
    unsubscribe();
    queue.close();
  }
}

/** A copy that may be changed, as the contract's types have it. */
function toDescription({ guides, lines, ...rest }: IndicatorDescription) {
  return { ...rest, guides: [...guides], lines: [...lines] };
}

function fileName(listName: string): string {
  return listName.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'watchlist';
}

function withoutUndefined(changes: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Partial<Settings> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
