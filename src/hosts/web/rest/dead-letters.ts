import { z } from 'zod';
import { deadLetterCountsSchema, deadLetterSchema } from '../../../contract/index.ts';
import { DEAD_LETTER_STATES, formatTimestamp, TapedeckError } from '../../../market/index.ts';
import type { StoredDeadLetter } from '../../../store/dead-letter-store.ts';
import { storedRangeParameters, timeParameter } from './query-parameters.ts';
import { itemResource, listResource, noBody } from './resource.ts';
import type { Resource, Row } from './resource.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

/** Names what never reached the bus, which has no topic. */
const NO_TOPIC = 'feed';

const { id, timeMs: _timeMs, settledMs: _settledMs, ...facts } = deadLetterSchema.shape;

const letterRow = z.object({ id, time: z.iso.datetime(), ...facts, settledTime: z.iso.datetime().nullable() });

const filterParameters = {
  topic: z
    .string()
    .max(249)
    .optional()
    .meta({ description: `Topic it was on, such as trades; ${NO_TOPIC} for what never reached the bus` }),
  reason: z.string().min(1).max(200).optional().meta({ description: 'Part of the reason' }),
};

const stateParameter = z
  .enum(DEAD_LETTER_STATES, { error: `must be one of ${DEAD_LETTER_STATES.join(', ')}` })
  .optional()
  .meta({ description: 'Default: any' });

const retryFilter = z.strictObject({
  ...filterParameters,
  from: timeParameter.optional().meta({ description: 'First time, included (ISO 8601)', format: 'date-time' }),
  to: timeParameter.optional().meta({ description: 'End, not included (ISO 8601)', format: 'date-time' }),
});

/** Messages that could not be used: to be looked at, sent through again, or put aside. */
export function deadLetterResources(services: RestServices): readonly Resource[] {
  return [
    listResource({
      path: '/dead-letters',
      summary: 'Messages that could not be used, with the reason, ascending by time',
      query: z.strictObject({ ...filterParameters, state: stateParameter, ...storedRangeParameters }),
      row: letterRow,
      answer: async ({ topic, reason, state, dataset, ...query }) => {
        const filter = { topic: topicOf(topic), reason: reason ?? null, state: state ?? null };
        const page = await timePage(
          query,
          (range) => services.read(dataset, (store) => store.deadLetters({ ...range, ...filter })),
          (letter) => letter.timeMs,
        );
        return { rows: page.items.map(letterRecord), nextCursor: page.nextCursor };
      },
    }),
    itemResource({
      method: 'POST',
      path: '/dead-letters/retry',
      summary: 'Send every open one through again, or those that a filter lets pass',
      body: retryFilter,
      row: deadLetterCountsSchema,
      isAction: true,
      answer: async ({ topic, reason, from, to }) => {
        const span = { fromMs: from ?? null, toMs: to ?? null };
        const filter = { topic: topicOf(topic), reason: reason ?? null, state: null, ...span };
        return { kind: 'one', value: { ...(await services.deadLetters().retryAll(filter)) } };
      },
    }),
    itemResource({
      method: 'GET',
      path: '/dead-letters/:id',
      summary: 'One dead letter',
      body: noBody,
      row: letterRow,
      answer: async (_body, id) => {
        const known = numberOf(id);
        const letter = await services.read(undefined, (store) => store.deadLetter(known));
        if (letter === null) throw notFound(id);
        return { kind: 'one', value: letterRecord(letter) };
      },
    }),
    itemResource({
      method: 'POST',
      path: '/dead-letters/:id/retry',
      summary: 'Send one through again; the answer is how it stands after that',
      body: z.strictObject({}),
      row: letterRow,
      isAction: true,
      answer: async (_body, id) => ({
        kind: 'one',
        value: letterRecord(await services.deadLetters().retry(numberOf(id))),
      }),
    }),
    itemResource({
      method: 'DELETE',
      path: '/dead-letters/:id',
      summary: 'Discard one; it stays in the list with that state until its retention ends',
      body: noBody,
      row: letterRow,
      answer: async (_body, id) => {
        await services.deadLetters().discard(numberOf(id));
        return { kind: 'gone' };
      },
    }),
  ];
}

function topicOf(topic: string | undefined): string | null {
  return topic === NO_TOPIC ? '' : (topic ?? null);
}

function numberOf(id: string): number {
  if (!/^\d{1,15}$/.test(id)) throw notFound(id);
  return Number(id);
}

function notFound(id: string): TapedeckError {
  return new TapedeckError('not-found', `there is no dead letter ${id}`);
}

function letterRecord({ timeMs, settledMs, ...letter }: StoredDeadLetter): Row {
  return {
    ...letter,
    time: formatTimestamp(timeMs),
    settledTime: settledMs === null ? null : formatTimestamp(settledMs),
  };
}
