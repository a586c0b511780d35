import { describe, expect, it } from 'vitest';
import type { FeedNotice } from '../feed.ts';
import { EventBuffer } from './event-buffer.ts';

describe('what has arrived and nobody has asked for', () => {
  it('names ten thousand messages that cannot be read, counts the others, and takes none for a lost event', async () => {
    const buffer = new EventBuffer(10);
    for (let at = 0; at < 10_050; at++) {
      buffer.notice({ kind: 'bad-message', reason: 'no time', payload: `${at}`, position: null, origin: 'alpaca' });
    }
    const { notices = [] } = (await buffer.next()) ?? {};
    expect(notices.filter(({ kind }: FeedNotice) => kind === 'gap')).toEqual([]);
    expect(notices).toHaveLength(10_001);
    expect(notices.at(-1)).toMatchObject({
      reason: 'the last of 50 more that could not be read: no time',
      payload: '10049',
    });
  });
});
