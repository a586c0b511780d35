import { z } from 'zod';
import { INTERVALS, formatTimestamp } from '../../../market/index.ts';
import type { IndicatorSet } from '../../../market/index.ts';
import type { QueryStore } from '../../../store/store.ts';
import { badParameter } from './problem.ts';
import { intervalParameter, storedRangeParameters, symbolParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { requireKnown } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

const indicatorRow = z.object({
  symbol: z.string(),
  interval: z.enum(INTERVALS),
  openTime: z.iso.datetime(),
  /** Name and periods joined: `sma20`, `macd12-26-9.signal`. */
  name: z.string(),
  value: z.number(),
  revision: z.number(),
  isClosed: z.boolean(),
});

interface IndicatorValue {
  readonly set: IndicatorSet;
  readonly name: string;
  readonly value: number;
}

const SETS_AT_ONCE = 10_000;

export function indicatorsResource(services: RestServices): Resource {
  return listResource({
    path: '/indicators',
    summary: 'Indicator values of the candles of a symbol, ascending by open time, one row a value',
    query: z.strictObject({
      symbol: symbolParameter,
      interval: intervalParameter.default('1m'),
      name: z
        .string()
        .regex(/^[a-z]+[\d.-]*(\.[a-z]+)?$/i, 'must be a name such as rsi, rsi14 or macd12-26-9.signal')
        .toLowerCase()
        .optional()
        .meta({ description: 'sma, ema, rsi, macd, bollinger, volatility; or with periods, such as sma20' }),
      period: z
        .string()
        .regex(/^\d{1,4}$/, 'must be a whole number')
        .optional()
        .meta({ description: 'First period, such as 20 for sma20' }),
      ...storedRangeParameters,
    }),
    row: indicatorRow,
    answer: async (query) => {
      const { symbol, interval, name, period, dataset } = query;
      const page = await timePage(
        query,
        (range) => services.read(dataset, (store) => valuesIn(store, { ...range, symbol, interval }, name, period)),
        ({ set }) => set.openTimeMs,
      );
      const isEmpty = page.items.length === 0;
      await requireKnown(services, symbol, isEmpty, dataset);
      if (isEmpty) requireComputed(services.indicatorNames(), name, period);
      return { rows: page.items.map(toRow), nextCursor: page.nextCursor };
    },
  });
}

/** Values of one name are not in every set: early candles have none yet, so further sets are read until there are enough. */
async function valuesIn(
  store: QueryStore,
  query: Parameters<QueryStore['indicators']>[0],
  name: string | undefined,
  period: string | undefined,
): Promise<readonly IndicatorValue[]> {
  const limit = Math.min(query.limit, SETS_AT_ONCE);
  const values: IndicatorValue[] = [];
  for (let fromMs = query.fromMs; ;) {
    const sets = await store.indicators({ ...query, fromMs, limit });
    for (const set of sets) values.push(...valuesOf(set, name, period));
    if (fromMs === null) return values.slice(-query.limit);
    const last = sets.at(-1);
    if (last === undefined || sets.length < limit || values.length >= query.limit) return values.slice(0, query.limit);
    fromMs = last.openTimeMs + 1;
  }
}

/** Nobody can wait for a value that is not computed; one of earlier periods may still be stored. */
function requireComputed(computed: readonly string[], name: string | undefined, period: string | undefined): void {
  if (computed.some((key) => isWanted(key, name, period))) return;
  const isNameKnown = computed.some((key) => isWanted(key, name, undefined));
  const wrong = isNameKnown ? `no ${name ?? 'indicator'} of period ${period ?? ''}` : `no ${JSON.stringify(name)}`;
  throw badParameter(isNameKnown ? 'period' : 'name', `there is ${wrong} here; computed are ${computed.join(', ')}`);
}

function valuesOf(set: IndicatorSet, name: string | undefined, period: string | undefined): readonly IndicatorValue[] {
  return Object.entries(set.values)
    .filter(([key]) => isWanted(key, name, period))
    .map(([key, value]) => ({ set, name: key, value }));
}

/** `macd` finds every part of every MACD, `macd.signal` one part, `macd12-26-9` one line. */
function isWanted(key: string, name: string | undefined, period: string | undefined): boolean {
  const [, base = '', periods = '', part = ''] = /^([a-z]+)([\d.-]*?)(\.[a-z]+)?$/.exec(key) ?? [];
  if (period !== undefined && periods.split('-')[0] !== period) return false;
  return name === undefined || name === key || name === base || name === `${base}${part}`;
}

function toRow({ set, name, value }: IndicatorValue): z.output<typeof indicatorRow> {
  return {
    symbol: set.symbol,
    interval: set.interval,
    openTime: formatTimestamp(set.openTimeMs),
    name,
    value,
    revision: set.revision,
    isClosed: set.isClosed,
  };
}
