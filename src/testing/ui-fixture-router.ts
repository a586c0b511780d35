import { implement, ORPCError } from '@orpc/server';
import { offeredIndicators } from '../analysis/index.ts';
import {
  type IndicatorDescription,
  type PipelineHealth,
  requests,
  type ServerEvent,
  type Settings,
  type StatusSnapshot,
  type Watchlist,
} from '../contract/index.ts';
import type { Alert, AlertRule } from '../market/index.ts';
import type { UiFixtureMarket } from './ui-fixture-market.ts';
import { fixtureQualityHandlers, type UiFixtureQuality } from './ui-fixture-quality.ts';
import type { UiFixtureStack } from './ui-fixture-stack.ts';

/** What the UI saved, for asserting. */
export interface UiFixtureState {
  watchlists: readonly Watchlist[];
  rules: readonly AlertRule[];
  settings: Settings;
  layout: string | null;
}

interface RouterParts {
  readonly market: UiFixtureMarket;
  readonly state: UiFixtureState;
  readonly alerts: readonly Alert[];
  readonly listeners: Set<(event: ServerEvent) => void>;
  readonly statusNow: () => StatusSnapshot;
  readonly healthNow: () => PipelineHealth | null;
  readonly emit: (event: ServerEvent) => void;
  readonly options: {
    readonly stallCandles?: boolean;
    readonly failCandles?: boolean;
    readonly stallFirstLayout?: boolean;
  };
  readonly candleRequests: (number | null)[];
  readonly quality: UiFixtureQuality;
  readonly stack: UiFixtureStack;
}

/** The contract answered from memory. */
export function fixtureRouter({
  market,
  state,
  alerts,
  listeners,
  statusNow,
  healthNow,
  emit,
  options,
  candleRequests,
  quality,
  stack,
}: RouterParts) {
  const os = implement(requests);
  const setLists = (watchlists: readonly Watchlist[]) => {
    state.watchlists = watchlists;
    emit({ type: 'watchlists', watchlists: [...watchlists] });
    return [...watchlists];
  };
  const search = (query: string, limit: number) => {
    const upper = query.toUpperCase();
    const bySymbol = market.instruments.filter(({ symbol }) => symbol.startsWith(upper));
    const byName = market.instruments.filter(
      ({ symbol, name }) => !symbol.startsWith(upper) && name.toUpperCase().includes(upper),
    );
    return [...bySymbol, ...byName].slice(0, limit);
  };
  let layoutRequests = 0;
  return os.router({
    status: os.status.handler(() => statusNow()),
    health: os.health.handler(() => healthNow()),
    events: os.events.handler(async function* ({ signal }) {
      const queue: ServerEvent[] = [{ type: 'status', status: statusNow() }];
      let wake: () => void = () => undefined;
      const listener = (event: ServerEvent) => {
        queue.push(event);
        wake();
      };
      listeners.add(listener);
      signal?.addEventListener('abort', () => wake());
      try {
        for (;;) {
          if (signal?.aborted === true) return;
          const event = queue.shift();
          if (event !== undefined) yield event;
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        listeners.delete(listener);
      }
    }),
    symbols: {
      search: os.symbols.search.handler(({ input }) => search(input.query, input.limit)),
      find: os.symbols.find.handler(({ input }) => ({
        instrument: market.instruments.find(({ symbol }) => symbol === input.symbol) ?? null,
        suggestions: search(input.symbol.slice(0, 2), 3),
      })),
    },
    watchlists: {
      list: os.watchlists.list.handler(() => [...state.watchlists]),
      save: os.watchlists.save.handler(({ input: { watchlist } }) => {
        const isKnown = state.watchlists.some(({ id }) => id === watchlist.id);
        return setLists(
          isKnown
            ? state.watchlists.map((list) => (list.id === watchlist.id ? watchlist : list))
            : [...state.watchlists, watchlist],
        );
      }),
      remove: os.watchlists.remove.handler(({ input }) =>
        setLists(state.watchlists.filter(({ id }) => id !== input.id)),
      ),
      reorder: os.watchlists.reorder.handler(({ input }) =>
        setLists([...state.watchlists].sort((a, b) => input.ids.indexOf(a.id) - input.ids.indexOf(b.id))),
      ),
      exportText: os.watchlists.exportText.handler(({ input }) => ({
        fileName: `watchlists.${input.format}`,
        text: JSON.stringify(state.watchlists.filter(({ id }) => input.ids.includes(id))),
      })),
      importText: os.watchlists.importText.handler(({ input }) => {
        const found = input.text.split(/[\s,;]+/).filter((word) => market.quotes.has(word));
        const list = { id: input.name, name: input.name, symbols: found };
        return { watchlists: setLists([...state.watchlists, list]), rejected: [] };
      }),
    },
    candles: {
      range: os.candles.range.handler(async ({ input }) => {
        candleRequests.push(input.beforeMs);
        if (options.failCandles === true) {
          throw new ORPCError('SERVICE_UNAVAILABLE', { message: 'The store is not answering. It is tried again.' });
        }
        if (options.stallCandles === true) await new Promise(() => undefined);
        const { symbol, interval, beforeMs, limit, indicators } = input;
        return market.range(symbol, interval, beforeMs, limit, indicators, Date.now());
      }),
      indicators: os.candles.indicators.handler(() => ({
        offered: structuredClone(offeredIndicators([])) as IndicatorDescription[],
        described: [],
      })),
      sparklines: os.candles.sparklines.handler(({ input }) =>
        Object.fromEntries(
          input.symbols.map((symbol) => [symbol, market.range(symbol, '1m', null, input.points, [], Date.now()).close]),
        ),
      ),
    },
    alerts: { list: os.alerts.list.handler(() => [...alerts]) },
    alertRules: {
      list: os.alertRules.list.handler(() => [...state.rules]),
      save: os.alertRules.save.handler(({ input }) => {
        const nowMs = Date.now();
        const rule: AlertRule = { ...input, id: input.id ?? crypto.randomUUID(), createdMs: nowMs, updatedMs: nowMs };
        state.rules = [...state.rules.filter(({ id }) => id !== rule.id), rule];
        emit({ type: 'alert-rules', rules: [...state.rules] });
        return rule;
      }),
      remove: os.alertRules.remove.handler(({ input }) => {
        state.rules = state.rules.filter(({ id }) => id !== input.id);
        emit({ type: 'alert-rules', rules: [...state.rules] });
        return { isRemoved: true };
      }),
      defaults: os.alertRules.defaults.handler(() => ({
        rsiOverbought: 70,
        rsiOversold: 30,
        volatilityThreshold: 0.02,
        priceChangePercent: 2,
        volumeChangePercent: 200,
      })),
    },
    settings: {
      get: os.settings.get.handler(() => state.settings),
      update: os.settings.update.handler(({ input }) => {
        state.settings = { ...state.settings, ...input };
        return state.settings;
      }),
      secrets: os.settings.secrets.handler(() => ({
        APCA_API_KEY_ID: { isSet: false, isEncrypted: false },
        APCA_API_SECRET_KEY: { isSet: false, isEncrypted: false },
      })),
      setSecret: os.settings.setSecret.handler(({ input }) => ({ isSet: input.value !== null, isEncrypted: true })),
      restartPipeline: os.settings.restartPipeline.handler(() => ({ isRestarting: true })),
    },
    ...fixtureQualityHandlers(quality),
    stack: {
      status: os.stack.status.handler(() => stack.snapshot),
      start: os.stack.start.handler(({ input }) =>
        stack.ask(`start ${input.profiles.join('+')} ${input.switchOver ? 'and switch' : 'only'}`, {
          work: 'starting',
          problem: null,
        }),
      ),
      stop: os.stack.stop.handler(() => stack.ask('stop', { work: 'stopping', problem: null })),
      switchTo: os.stack.switchTo.handler(({ input }) => stack.ask(`switch to ${input.stack}`, { work: 'switching' })),
      cancel: os.stack.cancel.handler(() => stack.ask('cancel', { work: 'none' })),
    },
    layout: {
      get: os.layout.get.handler(() => {
        layoutRequests += 1;
        const isStalled = options.stallFirstLayout === true && layoutRequests === 1;
        return isStalled ? new Promise<never>(() => undefined) : state.layout;
      }),
      save: os.layout.save.handler(({ input }) => {
        state.layout = input.model;
        return { isSaved: true };
      }),
    },
  });
}

export function fixtureStatus(): StatusSnapshot {
  const nowMs = Date.now();
  const sinceMs = nowMs - 754_000;
  const component = (name: string, detail: string) => ({ name, state: 'ok' as const, detail, sinceMs });
  return {
    version: '0.1.0',
    dataset: 'mock',
    stack: 'embedded',
    feed: 'mock',
    roles: ['ingest', 'analyze', 'persist', 'notify', 'serve'],
    pipelineRun: 1,
    nowMs,
    session: { timeMs: nowMs, phase: 'open', changesAtMs: null, nextPhase: null },
    components: [
      component('feed', 'mock market, 300 symbols'),
      component('bus', 'log on disk, lag 0'),
      component('store', 'embedded PostgreSQL 18'),
      component('ingest', 'publishing'),
      component('analyze', '300 symbols, 5 intervals'),
      component('persist', 'lag 12 ms'),
    ],
    tradesPerSecond: 200,
    deadLetters: 0,
    openGaps: 0,
    latencyMs: { p50: 3.2, p99: 14 },
    ignoredSettings: [],
  };
}
