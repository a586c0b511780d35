import { implement } from '@orpc/server';
import { PAYLOAD_EXCERPT_CHARACTERS, qualityRequests } from '../contract/index.ts';
import { type Log, TapedeckError } from '../market/index.ts';
import type { DeadLetterDesk } from '../pipeline/dead-letters/dead-letter-desk.ts';
import type { QueryStore } from '../store/store.ts';
import { requestError } from './request-errors.ts';

export interface QualityRequestServices {
  store(): Promise<QueryStore>;
  deadLetters(): DeadLetterDesk;
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
    },
    errors: {
      list: answer.errors.list.handler(async ({ input }) => [...(await (await services.store()).errors(input))]),
    },
  };
}
