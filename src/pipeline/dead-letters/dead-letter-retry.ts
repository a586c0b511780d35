import { randomUUID } from 'node:crypto';
import { TapedeckError } from '../../market/index.ts';
import type { DeadLetterFilter, DeadLetterResult, StoredDeadLetter } from '../../store/dead-letter-store.ts';
import type { PipelineOptions } from '../pipeline.ts';
import type { RoleContext } from '../role-context.ts';
import type { DeadLetterDesk, RetryCounts } from './dead-letter-desk.ts';
import { publishAgain, readAgain, type Redelivery } from './redelivery.ts';

/** Whoever claimed a letter and has not settled it for so long is taken for dead. */
const CLAIM_MS = 60_000;
const LETTERS_AT_ONCE = 500;

type RetryContext = Pick<RoleContext, 'activity' | 'sharedClock'> & {
  readonly options: Pick<PipelineOptions, 'bus' | 'store' | 'feed' | 'clock' | 'hostId' | 'metrics'>;
};

interface Attempt {
  readonly result: DeadLetterResult;
  readonly redelivery: Redelivery | null;
  /** Why it stays open; null where it is good now. */
  readonly error: TapedeckError | null;
}

/**
 * Claims letters in the store, publishes what is good now, then settles them. Where the process dies between publishing and
 * settling, the claim lapses and the next retry publishes again: the keys of the rows make that harmless.
 */
export class DeadLetterRetry implements DeadLetterDesk {
  readonly #context: RetryContext;

  constructor(context: RetryContext) {
    this.#context = context;
  }

  async retry(id: number): Promise<StoredDeadLetter> {
    const { store } = this.#context.options;
    const claim = this.#newClaim();
    const letter = await store.claimDeadLetter(id, claim);
    if (letter === null) throw await this.#refusal(id, 'open');
    const [attempt] = await this.#deliver(claim.claim, [letter]);
    const error = attempt?.error ?? null;
    if (error?.code === 'unsupported') throw new TapedeckError('conflict', error.userMessage, { cause: error });
    return this.#existing(id);
  }

  async retryAll(filter: DeadLetterFilter): Promise<RetryCounts> {
    const { store } = this.#context.options;
    const counts = { retried: 0, failed: 0, unretryable: 0 };
    // A message that a reader of another version refuses again comes back as a new letter, which is not of this round.
    let left = await store.countDeadLetters({ ...filter, state: 'open' });
    for (let afterId = -1; left > 0;) {
      const claim = this.#newClaim();
      const limit = Math.min(left, LETTERS_AT_ONCE);
      const letters = await store.claimDeadLetters(filter, { afterId, limit }, claim);
      for (const { error } of await this.#deliver(claim.claim, letters)) {
        if (error === null) counts.retried++;
        else if (error.code === 'unsupported') counts.unretryable++;
        else counts.failed++;
      }
      const last = letters.at(-1);
      if (last === undefined) break;
      afterId = last.id;
      left -= letters.length;
    }
    return counts;
  }

  async discard(id: number): Promise<StoredDeadLetter> {
    const { store } = this.#context.options;
    if (!(await store.discardDeadLetter(id, this.#context.sharedClock.now()))) throw await this.#refusal(id, 'open');
    await this.#recount();
    return this.#existing(id);
  }

  async reopen(id: number): Promise<StoredDeadLetter> {
    if (!(await this.#context.options.store.reopenDeadLetter(id))) throw await this.#refusal(id, 'discarded');
    await this.#recount();
    return this.#existing(id);
  }

  async #deliver(claim: string, letters: readonly StoredDeadLetter[]): Promise<readonly Attempt[]> {
    const { bus, store, feed, clock } = this.#context.options;
    const attempts = letters.map((letter) => attemptOf(letter, () => readAgain(letter, feed, clock.now())));
    try {
      await publishAgain(
        bus,
        attempts.flatMap(({ redelivery }) => redelivery ?? []),
      );
      await store.settleDeadLetters(
        claim,
        attempts.map(({ result }) => result),
        this.#context.sharedClock.now(),
      );
    } catch (cause) {
      // A store that is away too lets the claim lapse by itself.
      await store.releaseDeadLetters(claim).catch(() => undefined);
      throw cause;
    }
    const retried = attempts.filter(({ error }) => error === null).length;
    this.#context.options.metrics.count('dead_letters_retried_total', { outcome: 'retried' }, retried);
    this.#context.options.metrics.count(
      'dead_letters_retried_total',
      { outcome: 'refused' },
      attempts.length - retried,
    );
    await this.#recount();
    return attempts;
  }

  async #existing(id: number): Promise<StoredDeadLetter> {
    const letter = await this.#context.options.store.deadLetter(id);
    if (letter === null) throw notFound(id);
    return letter;
  }

  /** Why a letter could not be taken. */
  async #refusal(id: number, wanted: 'open' | 'discarded'): Promise<TapedeckError> {
    const letter = await this.#context.options.store.deadLetter(id);
    if (letter === null) return notFound(id);
    const isBusy = letter.state === wanted;
    const sentence = isBusy
      ? `Dead letter ${id} is being retried at this moment.`
      : `Dead letter ${id} is ${letter.state}, not ${wanted}.`;
    return new TapedeckError('conflict', sentence, { retryable: isBusy, userMessage: sentence });
  }

  #newClaim(): { readonly claim: string; readonly nowMs: number; readonly untilMs: number } {
    const nowMs = this.#context.sharedClock.now();
    return { claim: `${this.#context.options.hostId}:${randomUUID()}`, nowMs, untilMs: nowMs + CLAIM_MS };
  }

  async #recount(): Promise<void> {
    this.#context.activity.setDeadLetters(await this.#context.options.store.countDeadLetters());
  }
}

function attemptOf(letter: StoredDeadLetter, read: () => Redelivery | null): Attempt {
  const { id, reason } = letter;
  try {
    const redelivery = read();
    const outcome = redelivery === null ? 'nothing to send: the line is empty' : `published to ${redelivery.topic}`;
    return { result: { id, state: 'retried', reason, outcome }, redelivery, error: null };
  } catch (cause) {
    const error = TapedeckError.from(cause);
    const isRefused = error.code !== 'unsupported';
    const result: DeadLetterResult = {
      id,
      state: 'open',
      reason: isRefused ? error.message : reason,
      outcome: isRefused ? 'refused again' : error.userMessage,
    };
    return { result, redelivery: null, error };
  }
}

function notFound(id: number): TapedeckError {
  return new TapedeckError('not-found', `there is no dead letter ${id}`);
}
