import { z } from 'zod';
import { INTERVALS, formatTimestamp } from '../../../market/index.ts';
import type { IndicatorSet } from '../../../market/index.ts';
import type { TimeRange } from '../../../store/store.ts';
import { intervalParameter, rangeParameters, symbolParameter } from './query-parameters.ts';
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

/** Sets fetched beyond what was asked for, because early ones have no values yet. */
const MAX_SETS = 10_000;

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
      ...rangeParameters,
    }),
    row: indicatorRow,
    answer: async (query) => {
      const { symbol, interval, name, period } = query;
      const fetch = async (range: TimeRange): Promise<readonly IndicatorValue[]> => {
        const sets = await services
          .store()
          .indicators({ ...range, limit: Math.min(range.limit, MAX_SETS), symbol, interval });
        const values = sets.flatMap((set) => valuesOf(set, name, period));
        return range.fromMs === null ? values.slice(-range.limit) : values.slice(0, range.limit);
      };
      const page = await timePage(query, fetch, ({ set }) => set.openTimeMs);
      await requireKnown(services, symbol, page.items.length === 0);
      return { rows: page.items.map(toRow), nextCursor: page.nextCursor };
    },
  });
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
