import type { MarketEvent } from '../../market/index.ts';
import type { FeedBatch, FeedNotice } from '../feed.ts';

/** A provider gone mad must not fill the memory with complaints: further ones are only counted. */
const MAX_NOTICES = 10_000;

type Complaint = Extract<FeedNotice, { kind: 'bad-message' }>;

/**
 * Holds what has arrived until the consumer asks. At `capacity` the oldest quotes go first, down to nine tenths; where there
 * are too few quotes the oldest of everything follow. One `gap` notice of reason `overflow` says how many were lost.
 */
export class EventBuffer {
  readonly #capacity: number;
  #events: MarketEvent[] = [];
  #notices: FeedNotice[] = [];
  #unnamed: { readonly latest: Complaint; readonly count: number } | null = null;
  #lostCount = 0;
  #lostFromMs = Infinity;
  #lostToMs = -Infinity;
  #isEnded = false;
  #wake: (() => void) | null = null;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(event: MarketEvent): void {
    if (this.#events.length >= this.#capacity) this.#makeRoom();
    this.#events.push(event);
    this.#notify();
  }

  notice(notice: FeedNotice): void {
    if (notice.kind === 'bad-message' && this.#notices.length >= MAX_NOTICES) {
      this.#unnamed = { latest: notice, count: (this.#unnamed?.count ?? 0) + 1 };
    } else {
      this.#notices.push(notice);
    }
    this.#notify();
  }

  /** What is buffered can still be taken; then `next` answers null. */
  end(): void {
    this.#isEnded = true;
    this.#notify();
  }

  /** Everything buffered, as soon as there is anything; null at the end. For one consumer. */
  async next(): Promise<FeedBatch | null> {
    while (this.#events.length === 0 && this.#notices.length === 0 && this.#lostCount === 0) {
      if (this.#isEnded) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const notices = this.#takeNotices();
    const events = this.#events;
    this.#events = [];
    return { events, notices, resumeToken: null };
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #takeNotices(): readonly FeedNotice[] {
    const notices = this.#notices;
    this.#notices = [];
    if (this.#unnamed !== null) {
      const { latest, count } = this.#unnamed;
      notices.push({ ...latest, reason: `the last of ${count} more that could not be read: ${latest.reason}` });
      this.#unnamed = null;
    }
    if (this.#lostCount > 0) {
      notices.push({
        kind: 'gap',
        reason: 'overflow',
        symbol: null,
        fromMs: this.#lostFromMs,
        toMs: this.#lostToMs,
        lostCount: this.#lostCount,
      });
      this.#lostCount = 0;
      this.#lostFromMs = Infinity;
      this.#lostToMs = -Infinity;
    }
    return notices;
  }

  /** Frees a tenth at a time: one pass over the buffer then serves many pushes. */
  #makeRoom(): void {
    let surplus = this.#events.length - Math.floor(this.#capacity * 0.9);
    const withoutQuotes = this.#events.filter((event) => {
      if (event.type !== 'quote' || surplus === 0) return true;
      surplus--;
      this.#lose(event);
      return false;
    });
    for (const event of withoutQuotes.splice(0, surplus)) this.#lose(event);
    this.#events = withoutQuotes;
  }

  #lose(event: MarketEvent): void {
    this.#lostCount++;
    this.#lostFromMs = Math.min(this.#lostFromMs, event.timeMs);
    this.#lostToMs = Math.max(this.#lostToMs, event.timeMs + 1);
  }
}
