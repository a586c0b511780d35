import { implement } from '@orpc/server';
import { PAYLOAD_EXCERPT_CHARACTERS, qualityRequests } from '../contract/index.ts';
import { type Log, TapedeckError } from '../market/index.ts';
import type { DeadLetterDesk } from '../pipeline/dead-letters/dead-letter-desk.ts';
import type { BackfillDesk } from '../pipeline/quality/backfill-desk.ts';
import { barDifferences } from '../pipeline/quality/bar-differences.ts';
import { readDayQuality } from '../pipeline/quality/day-quality.ts';
import type { QueryStore } from '../store/store.ts';
import { requestError } from './request-errors.ts';

/** Candles; each may differ in several values. */
const SHOWN_DIFFERENCES = 200;

export interface QualityRequestServices {
  store(): Promise<QueryStore>;
  deadLetters(): DeadLetterDesk;
  backfills(): BackfillDesk;
  /** Of the pipeline's clock. */
  status(): { readonly nowMs: number };
  readonly log: Log;
}

/** Answers `src/contract/quality.ts`. */
export function qualityRequestHandlers(services: QualityRequestServices) {
  const answer = implement(qualityRequests).use(async ({ next }) => {
    try {
      return await next();
    } catch (error) {
      throw requestError(error, services.log);
    }
  });
  return {
    deadLetters: {
      list: answer.deadLetters.list.handler(async ({ input: { filter, after, limit } }) => {
        const opened = await services.store();
        const [letters, total] = await Promise.all([
          opened.deadLetterPage({ ...filter, after, limit, payloadCharacters: PAYLOAD_EXCERPT_CHARACTERS }),
          opened.countDeadLetters(filter),
        ]);
        return { letters: [...letters], total };
      }),
      get: answer.deadLetters.get.handler(async ({ input }) => {
        const letter = await (await services.store()).deadLetter(input.id);
        if (letter === null) throw new TapedeckError('not-found', `there is no dead letter ${input.id}`);
        return letter;
      }),
      retry: answer.deadLetters.retry.handler(({ input }) => services.deadLetters().retry(input.id)),
      retryAll: answer.deadLetters.retryAll.handler(({ input }) => services.deadLetters().retryAll(input.filter)),
      discard: answer.deadLetters.discard.handler(({ input }) => services.deadLetters().discard(input.id)),
      reopen: answer.deadLetters.reopen.handler(({ input }) => services.deadLetters().reopen(input.id)),
    },
    gaps: {
      list: answer.gaps.list.handler(async ({ input }) => {
        const gaps = await (
          await services.store()
        ).gaps({ symbol: null, fromMs: null, toMs: null, limit: input.limit });
        return gaps.toReversed();
      }),
      backfill: answer.gaps.backfill.handler(({ input }) => services.backfills().request(input.id)),
      backfillRange: answer.gaps.backfillRange.handler(({ input }) => services.backfills().requestRange(input)),
    },
    dayQuality: {
      list: answer.dayQuality.list.handler(async ({ input }) => {
        const { nowMs } = services.status();
        return [...(await readDayQuality(await services.store(), { ...input, nowMs }))];
      }),
      differences: answer.dayQuality.differences.handler(async ({ input: { symbol, fromMs, toMs } }) => {
        const stretch = { symbols: [symbol], fromMs, toMs };
        const found = await barDifferences(await services.store(), stretch, SHOWN_DIFFERENCES, 'latest');
        return found.toSorted((a, b) => b.openTimeMs - a.openTimeMs);
      }),
    },
    errors: {
      list: answer.errors.list.handler(async ({ input: { limit } }) => {
        const errors = await (await services.store()).errors({ fromMs: null, toMs: null, limit });
        return errors.toReversed();
      }),
    },
  };
}
