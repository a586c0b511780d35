import { z } from 'zod';
import { symbolSchema } from '../../../contract/index.ts';
import { BACKFILL_STATES, GAP_REASONS, type StoredGap, TapedeckError, formatTimestamp } from '../../../market/index.ts';
import { storedRangeParameters, symbolParameter, timeParameter } from './query-parameters.ts';
import { itemResource, listResource, noBody } from './resource.ts';
import type { Answer, Resource, Row } from './resource.ts';
import { requireKnown, requireSymbols } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

const gapRow = z.object({
  id: z.string(),
  symbol: z.string().nullable(),
  reason: z.enum(GAP_REASONS),
  fromTime: z.iso.datetime(),
  toTime: z.iso.datetime(),
  lostCount: z.number().nullable(),
  detail: z.string(),
  backfilledTime: z.iso.datetime().nullable(),
  state: z.enum(BACKFILL_STATES),
  /** Fruitless ones since the gap was found or asked for. */
  attempts: z.number(),
  nextAttemptTime: z.iso.datetime().nullable(),
  /** Minutes fetched. */
  bars: z.number(),
  symbolsDone: z.number(),
  symbolsTotal: z.number(),
  note: z.string(),
});

const oneOf = <T extends string>(values: readonly T[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` }).optional();

const rangeBody = z.strictObject({
  symbol: symbolSchema,
  from: timeParameter.meta({ description: 'First minute, included (ISO 8601)', format: 'date-time' }),
  to: timeParameter.meta({ description: 'End, not included (ISO 8601)', format: 'date-time' }),
});

/** What was lost, and fetching it afterwards. */
export function gapResources(services: RestServices): readonly Resource[] {
  return [
    listResource({
      path: '/gaps',
      summary: 'Stretches of data that were lost, ascending by their start',
      query: z.strictObject({
        symbol: symbolParameter.optional(),
        reason: oneOf(GAP_REASONS).meta({ description: 'Why the data was lost' }),
        state: oneOf(BACKFILL_STATES).meta({ description: 'How far the repair is' }),
        ...storedRangeParameters,
      }),
      row: gapRow,
      answer: async (query) => {
        const { symbol, reason, state, dataset } = query;
        const filter = {
          symbol: symbol ?? null,
          ...(reason === undefined ? {} : { reason }),
          ...(state === undefined ? {} : { state }),
        };
        const page = await timePage(
          query,
          (range) => services.read(dataset, (store) => store.gaps({ ...range, ...filter })),
          (gap) => gap.fromMs,
        );
        if (symbol !== undefined) await requireKnown(services, symbol, page.items.length === 0, dataset);
        return { rows: page.items.map(gapRecord), nextCursor: page.nextCursor };
      },
    }),
    itemResource({
      method: 'GET',
      path: '/gaps/:id',
      summary: 'One gap, and how far its repair is',
      body: noBody,
      row: gapRow,
      answer: async (_body, id) => {
        const gap = await services.read(undefined, (store) => store.gap(id));
        if (gap === null) throw new TapedeckError('not-found', `there is no gap ${id}`);
        return { kind: 'one', value: gapRecord(gap) };
      },
    }),
    itemResource({
      method: 'POST',
      path: '/gaps/:id/backfill',
      summary: 'Ask for the data of a gap from the feed’s history; its row tells how far that is',
      body: z.strictObject({}),
      row: gapRow,
      answer: async (_body, id) => askedFor(await services.backfills().request(id)),
    }),
    itemResource({
      method: 'POST',
      path: '/backfill',
      summary: 'Ask for any stretch of a symbol, up to 31 days; it becomes a gap, whose row tells how far that is',
      body: rangeBody,
      row: gapRow,
      answer: async ({ symbol, from, to }) => {
        await requireSymbols(services, [symbol]);
        return askedFor(await services.backfills().requestRange({ symbol, fromMs: from, toMs: to }));
      },
    }),
  ];
}

function askedFor(gap: StoredGap): Answer {
  return { kind: 'created', value: gapRecord(gap), location: `/api/v1/gaps/${encodeURIComponent(gap.id)}` };
}

function gapRecord({ fromMs, toMs, backfilledMs, backfill, ...gap }: StoredGap): Row {
  const { nextAttemptMs, ...progress } = backfill;
  return {
    ...gap,
    fromTime: formatTimestamp(fromMs),
    toTime: formatTimestamp(toMs),
    backfilledTime: backfilledMs === null ? null : formatTimestamp(backfilledMs),
    ...progress,
    nextAttemptTime: nextAttemptMs === null ? null : formatTimestamp(nextAttemptMs),
  };
}
