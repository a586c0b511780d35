import type { Feed } from '../../feeds/feed.ts';

const MINUTE_MS = 60_000;
/** A minute's bar is served a little after the minute has ended. */
const BAR_DELAY_MS = 5_000;

/** How far behind the market a feed's stream is, milliseconds. */
export function streamDelayMs(feed: Pick<Feed, 'delayMs'>): number {
  return feed.delayMs ?? 0;
}

/** How long after its end a feed's history has the bar of a minute. */
export function historyDelayMs(feed: Pick<Feed, 'delayMs'>): number {
  const delayMs = streamDelayMs(feed);
  return delayMs === 0 ? BAR_DELAY_MS : delayMs + MINUTE_MS + BAR_DELAY_MS;
}
