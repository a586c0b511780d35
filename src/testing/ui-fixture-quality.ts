import { implement, ORPCError } from '@orpc/server';
import {
  type BarDifferenceRecord,
  type DayQualityRecord,
  type DeadLetterCriteria,
  type DeadLetterRecord,
  type ErrorRecord,
  type GapRecord,
  PAYLOAD_EXCERPT_CHARACTERS,
  qualityRequests,
} from '../contract/index.ts';
import { UNTOUCHED_BACKFILL } from '../market/index.ts';

export interface UiFixtureQuality {
  letters: DeadLetterRecord[];
  gaps: GapRecord[];
  errors: ErrorRecord[];
  days: DayQualityRecord[];
  differences: BarDifferenceRecord[];
  /** Lists never answer: the loading state. */
  isStalled: boolean;
  /** Lists fail with this sentence. */
  failure: string | null;
  /** Letters whose retry is refused again. */
  isRefused: (letter: DeadLetterRecord) => boolean;
}

export function emptyQuality(): UiFixtureQuality {
  return {
    letters: [],
    gaps: [],
    errors: [],
    days: [],
    differences: [],
    isStalled: false,
    failure: null,
    isRefused: () => false,
  };
}

/** A dead letter of the trades topic, `index` minutes ago. */
export function fixtureLetter(index: number, changes: Partial<DeadLetterRecord> = {}): DeadLetterRecord {
  return {
    id: 100_000 - index,
    timeMs: Date.now() - index * 60_000,
    origin: 'trades',
    topic: 'trades',
    partition: index % 12,
    position: 48_000 - index,
    reason: 'price: expected a positive number, got "n/a"',
    payload: `{"version":1,"type":"trade","symbol":"AAPL","price":"n/a","size":${index},"conditions":["@","I"]}`,
    state: 'open',
    retries: 0,
    outcome: null,
    settledMs: null,
    ...changes,
  };
}

/** A whole day without fault, `index` days before 20 November 2026. */
export function fixtureDay(symbol: string, index: number, changes: Partial<DayQualityRecord> = {}): DayQualityRecord {
  const startMs = Date.UTC(2026, 10, 20 - index, 5);
  return {
    day: new Date(startMs).toISOString().slice(0, 10),
    symbol,
    startMs,
    openMs: startMs + 9.5 * 3_600_000,
    trades: 48_211,
    duplicates: 0,
    lateTrades: 0,
    revisedCandles: 0,
    barsCompared: 390,
    barsDiffering: 0,
    expectedMinutes: 390,
    coveredMinutes: 390,
    backfilledMinutes: 0,
    missingMinutes: 0,
    gaps: 0,
    openGaps: 0,
    ...changes,
  };
}

/** A disconnect of a minute, `index` hours ago. */
export function fixtureGap(index: number, changes: Partial<GapRecord> = {}): GapRecord {
  const fromMs = Date.now() - index * 3_600_000;
  return {
    id: `mock:disconnect:*:${index}`,
    symbol: null,
    reason: 'disconnect',
    fromMs,
    toMs: fromMs + 60_000,
    lostCount: null,
    detail: 'mock: disconnect',
    backfilledMs: null,
    backfill: UNTOUCHED_BACKFILL,
    ...changes,
  };
}

export function fixtureQualityHandlers(quality: UiFixtureQuality) {
  const os = implement(qualityRequests);
  const answering = async () => {
    if (quality.isStalled) await new Promise(() => undefined);
    if (quality.failure !== null) throw new ORPCError('SERVICE_UNAVAILABLE', { message: quality.failure });
  };
  const find = (id: number): DeadLetterRecord => {
    const letter = quality.letters.find((known) => known.id === id);
    if (letter === undefined) throw new ORPCError('NOT_FOUND', { message: `there is no dead letter ${id}` });
    return letter;
  };
  const change = (id: number, changes: Partial<DeadLetterRecord>): DeadLetterRecord => {
    const changed = { ...find(id), ...changes };
    quality.letters = quality.letters.map((letter) => (letter.id === id ? changed : letter));
    return changed;
  };
  const retry = (letter: DeadLetterRecord): DeadLetterRecord =>
    change(letter.id, {
      retries: letter.retries + 1,
      settledMs: Date.now(),
      ...(quality.isRefused(letter)
        ? { outcome: 'refused again' }
        : { state: 'retried' as const, outcome: `published to ${letter.topic}` }),
    });
  const passing = (filter: DeadLetterCriteria) => quality.letters.filter((letter) => passes(filter, letter));
  return {
    deadLetters: {
      list: os.deadLetters.list.handler(async ({ input: { filter, after, limit } }) => {
        await answering();
        const all = passing(filter).sort((a, b) => b.timeMs - a.timeMs || b.id - a.id);
        const rest = after === null ? all : all.slice(all.findIndex(({ id }) => id === after.id) + 1);
        const letters = rest
          .slice(0, limit)
          .map((letter) => ({ ...letter, payload: letter.payload.slice(0, PAYLOAD_EXCERPT_CHARACTERS) }));
        return { letters, total: all.length };
      }),
      get: os.deadLetters.get.handler(({ input }) => find(input.id)),
      retry: os.deadLetters.retry.handler(({ input }) => retry(find(input.id))),
      retryAll: os.deadLetters.retryAll.handler(({ input }) => {
        const outcomes = passing({ ...input.filter, state: 'open' }).map(retry);
        const retried = outcomes.filter(({ state }) => state === 'retried').length;
        return { retried, failed: outcomes.length - retried, unretryable: 0 };
      }),
      discard: os.deadLetters.discard.handler(({ input }) =>
        change(input.id, { state: 'discarded', outcome: 'discarded', settledMs: Date.now() }),
      ),
      reopen: os.deadLetters.reopen.handler(({ input }) =>
        change(input.id, { state: 'open', outcome: null, settledMs: null }),
      ),
    },
    gaps: {
      list: os.gaps.list.handler(async () => {
        await answering();
        return quality.gaps;
      }),
      backfill: os.gaps.backfill.handler(({ input }) => {
        const gap = quality.gaps.find(({ id }) => id === input.id);
        if (gap === undefined) throw new ORPCError('NOT_FOUND', { message: `there is no gap ${input.id}` });
        const queued: GapRecord = {
          ...gap,
          backfilledMs: null,
          backfill: { ...UNTOUCHED_BACKFILL, state: 'queued', symbolsTotal: 1 },
        };
        quality.gaps = quality.gaps.map((known) => (known.id === input.id ? queued : known));
        return queued;
      }),
      backfillRange: os.gaps.backfillRange.handler(({ input }) => {
        const gap: GapRecord = {
          id: `requested:${input.symbol}:${input.fromMs}:${input.toMs}`,
          ...input,
          reason: 'requested',
          lostCount: null,
          detail: 'asked for by hand',
          backfilledMs: null,
          backfill: { ...UNTOUCHED_BACKFILL, state: 'queued' },
        };
        quality.gaps = [gap, ...quality.gaps];
        return gap;
      }),
    },
    dayQuality: {
      list: os.dayQuality.list.handler(async ({ input: { symbols } }) => {
        await answering();
        return quality.days.filter(({ symbol }) => symbols === null || symbols.includes(symbol));
      }),
      differences: os.dayQuality.differences.handler(async ({ input: { symbol } }) => {
        await answering();
        return quality.differences.filter((row) => row.symbol === symbol);
      }),
    },
    errors: {
      list: os.errors.list.handler(async () => {
        await answering();
        return quality.errors;
      }),
    },
  };
}

function passes({ topic, reason, state, fromMs, toMs }: DeadLetterCriteria, letter: DeadLetterRecord): boolean {
  return (
    (topic === null || letter.topic === topic) &&
    (reason === null || letter.reason.toLowerCase().includes(reason.toLowerCase())) &&
    (state === null || letter.state === state) &&
    (fromMs === null || letter.timeMs >= fromMs) &&
    (toMs === null || letter.timeMs < toMs)
  );
}
