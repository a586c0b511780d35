import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedNotice, FeedState } from '../../feeds/feed.ts';
import { TapedeckError } from '../../market/index.ts';
import { ScriptedFeed } from '../../testing/pipeline-feed.ts';
import { CountedMetrics, eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { openPipeline } from '../open-pipeline.ts';

describe('notices of a feed', { timeout: 60_000 }, () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(async () => {
    await fixture.close();
  }, 60_000);

  it('leave one error for each outage, however often the feed tries to come back', async () => {
    const lost = new TapedeckError('connection-lost', 'closed', { retryable: true, userMessage: 'The line is down.' });
    const refused = new TapedeckError('unauthorized', 'no', { userMessage: 'The key was refused.' });
    const state = (name: FeedState, error: TapedeckError | null = null): FeedNotice => {
      return { kind: 'state', state: name, detail: '', error };
    };
    const night = Array.from({ length: 200 }, () => [state('reconnecting', lost), state('connecting')]).flat();
    const notices = [state('connecting'), ...night, state('live'), ...night, state('stopped', refused)];
    const feed = new ScriptedFeed({ events: [], notices, staysOpen: true });
    const pipeline = await openPipeline(fixture.options({ feed, roles: new Set(['ingest']) }));
    await eventually('the last notice was heard', async () =>
      (await fixture.store.errors({ fromMs: null, toMs: null, limit: 10 })).some(({ code }) => code === 'unauthorized'),
    );
    await pipeline.close();
    const errors = await fixture.store.errors({ fromMs: null, toMs: null, limit: 10 });
    expect(Object.fromEntries(errors.map(({ code, count }) => [code, count]))).toEqual({
      'connection-lost': 2,
      unauthorized: 1,
    });
  });

  it('count a bad message once, wherever it is read and stored', async () => {
    const bad: FeedNotice = {
      kind: 'bad-message',
      origin: 'feed:test',
      position: 7,
      reason: 'no price',
      payload: '{}',
    };
    const feed = new ScriptedFeed({ events: [], notices: [bad], staysOpen: true });
    const metrics = new CountedMetrics();
    const roles = new Set(['ingest', 'persist'] as const);
    const pipeline = await openPipeline(fixture.options({ feed, roles, metrics }));
    await eventually('it is stored', async () => (await fixture.store.countDeadLetters()) === 1);
    await pipeline.close();
    expect(metrics.counts.get('dead_letters_total')).toBe(1);
  });
});
