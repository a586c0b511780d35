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

  it('about what is polled hold while this process streams the feed, and no longer', async () => {
    const notices: FeedNotice[] = [{ kind: 'symbols-polled', symbols: ['AAPL', 'MSFT'] }];
    const feed = new ScriptedFeed({ events: [], notices, staysOpen: true, source: 'live' });
    const metrics = new CountedMetrics();
    const pipeline = await openPipeline(fixture.options({ feed, roles: new Set(['ingest']), metrics }));
    await eventually('they are counted', () => metrics.gauges.get('polled_symbols') === 2);
    const nowMs = Date.now();
    await eventually('the lease is taken', async () => {
      await fixture.store.releaseLease('feed:replay', 'test-host');
      return fixture.store.acquireLease('feed:replay', 'other', nowMs, nowMs + 3_600_000);
    });
    await eventually('another process has the feed', () => metrics.gauges.get('feed_lease_held') === 0);
    expect(metrics.gauges.has('polled_symbols')).toBe(false);
    await pipeline.close();
  });
});
