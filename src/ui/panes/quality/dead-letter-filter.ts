import type { DeadLetterCriteria } from '../../../contract/index.ts';

/** What the user chose; becomes a filter with the time of now. */
export interface LetterChoice {
  readonly state: NonNullable<DeadLetterCriteria['state']> | 'all';
  /** `all`, `feed` for what never reached the bus, or a topic. */
  readonly topic: string;
  readonly reason: string;
  readonly span: LetterSpan;
}

export const LETTER_SPANS = ['any', 'hour', 'day', 'week'] as const;
export type LetterSpan = (typeof LETTER_SPANS)[number];

export const LETTER_TOPICS = [
  'trades',
  'quotes',
  'bars',
  'statuses',
  'candles',
  'indicators',
  'forecasts',
  'alerts',
  'control',
  'dead-letters',
] as const;

const SPAN_MS: Readonly<Record<LetterSpan, number | null>> = {
  any: null,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

export const OPEN_LETTERS: LetterChoice = { state: 'open', topic: 'all', reason: '', span: 'any' };

export function criteriaOf({ state, topic, reason, span }: LetterChoice, nowMs: number): DeadLetterCriteria {
  const spanMs = SPAN_MS[span];
  return {
    state: state === 'all' ? null : state,
    topic: topic === 'all' ? null : topic === 'feed' ? '' : topic,
    reason: reason.trim() === '' ? null : reason.trim(),
    fromMs: spanMs === null ? null : nowMs - spanMs,
    toMs: null,
  };
}

/** JSON with indentation; anything else as it came. */
export function prettyPayload(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
