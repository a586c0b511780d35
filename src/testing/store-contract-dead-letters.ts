import { beforeAll, describe, expect, it } from 'vitest';
import type { DeadLetter } from '../market/index.ts';
import type { DeadLetterClaim, DeadLetterFilter, Store, StoredDeadLetter } from '../store/index.ts';
import { BASE_MS, emptyBatch, positionOf } from './store-rows.ts';

const COUNT = 30;
const FROM_MS = BASE_MS + 3_600_000;
const EVERY: DeadLetterFilter = { topic: 'retried-topic', reason: null, state: null, fromMs: null, toMs: null };

const claimOf = (claim: string, nowMs = 1_000, lastsMs = 60_000): DeadLetterClaim => ({
  claim,
  nowMs,
  untilMs: nowMs + lastsMs,
});

/** What every store promises about dead letters besides keeping them. */
export function describeDeadLetters(current: () => Store): void {
  describe('dead letters', () => {
    let store: Store;
    let letters: readonly StoredDeadLetter[];

    beforeAll(async () => {
      store = current();
      const openBefore = await store.countDeadLetters();
      const deadLetters = Array.from({ length: COUNT }, (_, index) => letterOf(index));
      await store.persist({ ...emptyBatch(positionOf(0, 'dead-letters'), null, COUNT), deadLetters });
      letters = await store.deadLetters({ topic: 'retried-topic', fromMs: null, toMs: null, limit: 100 });
      expect(await store.countDeadLetters()).toBe(openBefore + COUNT);
    });

    const idAt = (index: number): number => letters[index]?.id ?? -1;

    it('are listed by topic, part of the reason, state and time', async () => {
      expect(letters).toHaveLength(COUNT);
      expect(letters[0]).toEqual({
        ...letterOf(0),
        id: idAt(0),
        state: 'open',
        retries: 0,
        outcome: null,
        settledMs: null,
      });
      const query = { ...EVERY, after: null, limit: 100, payloadCharacters: 3 };
      const odd = await store.deadLetterPage({ ...query, reason: 'PRICE' });
      expect(odd.map(({ id }) => id)).toEqual(
        letters
          .filter((_, at) => at % 2 === 1)
          .map(({ id }) => id)
          .reverse(),
      );
      expect(odd[0]?.payload).toBe('{"n');
      expect(await store.deadLetterPage({ ...query, reason: '100_' })).toEqual([]);
      const span = { ...query, fromMs: FROM_MS + 2_000, toMs: FROM_MS + 4_000 };
      expect((await store.deadLetterPage(span)).map(({ timeMs }) => timeMs)).toEqual([
        FROM_MS + 3_000,
        FROM_MS + 2_000,
      ]);
      expect(await store.countDeadLetters({ ...EVERY, reason: 'size' })).toBe(COUNT / 2);
      expect(await store.countDeadLetters({ ...EVERY, state: 'retried' })).toBe(0);
    });

    it('are paged from the newest to the oldest without gap or repeat', async () => {
      const ids: number[] = [];
      for (let after: StoredDeadLetter | null = null; ;) {
        const page: readonly StoredDeadLetter[] = await store.deadLetterPage({
          ...EVERY,
          after,
          limit: 7,
          payloadCharacters: 0,
        });
        ids.push(...page.map(({ id }) => id));
        after = page.at(-1) ?? null;
        if (after === null) break;
      }
      expect(ids).toEqual(letters.map(({ id }) => id).reverse());
    });

    it('are claimed by one of many that ask at once, until the claim lapses', async () => {
      const claims = ['a', 'b', 'c', 'd'].map((name) => store.claimDeadLetter(idAt(0), claimOf(name)));
      expect((await Promise.all(claims)).filter((letter) => letter !== null)).toHaveLength(1);
      expect(await store.claimDeadLetter(idAt(0), claimOf('late', 60_999))).toBeNull();
      expect(await store.discardDeadLetter(idAt(0), 60_999)).toBe(false);
      expect(await store.claimDeadLetter(idAt(0), claimOf('heir', 61_000))).toMatchObject({ id: idAt(0) });
      await store.releaseDeadLetters('heir');
      expect(await store.claimDeadLetter(idAt(0), claimOf('next', 61_001))).not.toBeNull();
      await store.releaseDeadLetters('next');
    });

    it('are settled only by whoever holds the claim', async () => {
      const id = idAt(1);
      await store.claimDeadLetter(id, claimOf('slow', 0, 10));
      await store.claimDeadLetter(id, claimOf('quick', 10));
      const result = { id, state: 'retried', reason: 'as before', outcome: 'published' } as const;
      await store.settleDeadLetters('slow', [{ ...result, outcome: 'too late' }], 20);
      expect(await store.deadLetter(id)).toMatchObject({ state: 'open', retries: 0, outcome: null });
      await store.settleDeadLetters('quick', [result], 30);
      expect(await store.deadLetter(id)).toMatchObject({
        state: 'retried',
        reason: 'as before',
        retries: 1,
        outcome: 'published',
        settledMs: 30,
      });
      expect(await store.claimDeadLetter(id, claimOf('again', 100_000))).toBeNull();
      expect(await store.discardDeadLetter(id, 100_000)).toBe(false);
    });

    it('stay open with the new reason when they are refused again', async () => {
      const id = idAt(2);
      for (const [round, reason] of ['first', 'second'].entries()) {
        await store.claimDeadLetter(id, claimOf(reason, round));
        await store.settleDeadLetters(reason, [{ id, state: 'open', reason, outcome: 'refused again' }], round);
      }
      expect(await store.deadLetter(id)).toMatchObject({ state: 'open', reason: 'second', retries: 2 });
    });

    it('are discarded and taken back', async () => {
      const id = idAt(3);
      const openBefore = await store.countDeadLetters();
      expect(await store.reopenDeadLetter(id)).toBe(false);
      expect(await store.discardDeadLetter(id, 70_000)).toBe(true);
      expect(await store.discardDeadLetter(id, 70_000)).toBe(false);
      expect(await store.deadLetter(id)).toMatchObject({ state: 'discarded', settledMs: 70_000 });
      expect(await store.claimDeadLetter(id, claimOf('none', 70_000))).toBeNull();
      expect(await store.countDeadLetters()).toBe(openBefore - 1);
      expect(await store.reopenDeadLetter(id)).toBe(true);
      expect(await store.deadLetter(id)).toMatchObject({ state: 'open', outcome: null, settledMs: null });
    });

    it('are claimed in pages that never overlap, however many walk at once', async () => {
      const walk = async (name: string): Promise<number[]> => {
        const mine: number[] = [];
        for (let afterId = -1; ;) {
          const page = await store.claimDeadLetters(EVERY, { afterId, limit: 4 }, claimOf(name, 200_000));
          mine.push(...page.map(({ id }) => id));
          if (page.length === 0) return mine;
          afterId = page.at(-1)?.id ?? afterId;
        }
      };
      const taken = (await Promise.all([walk('one'), walk('two')])).flat();
      expect(new Set(taken).size).toBe(taken.length);
      const open = letters.map(({ id }) => id).filter((id) => id !== idAt(1));
      const rest = await store.claimDeadLetters(EVERY, { afterId: -1, limit: 100 }, claimOf('rest', 200_000));
      expect([...taken, ...rest.map(({ id }) => id)].sort((a, b) => a - b)).toEqual(open);
      for (const claim of ['one', 'two', 'rest']) await store.releaseDeadLetters(claim);
    });

    it('that are read from the log again keep what became of them', async () => {
      await store.discardDeadLetter(idAt(4), 300_000);
      const again = [letterOf(4)];
      await store.persist({ ...emptyBatch(positionOf(1, 'dead-letters'), null, 1), deadLetters: again });
      expect(await store.countDeadLetters(EVERY)).toBe(COUNT);
      expect(await store.deadLetter(idAt(4))).toMatchObject({ state: 'discarded' });
    });

    it('that are not there are null', async () => {
      expect(await store.deadLetter(9_007_199_254_740_991)).toBeNull();
    });
  });
}

function letterOf(index: number): DeadLetter {
  return {
    origin: 'trades',
    topic: 'retried-topic',
    partition: 3,
    position: index,
    reason: index % 2 === 1 ? 'Price: not a number' : 'size: 100% wrong',
    payload: `{"number":${index}}`,
    timeMs: FROM_MS + index * 1_000,
  };
}
