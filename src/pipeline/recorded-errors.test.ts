import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bar } from '../market/index.ts';
import { TapedeckError } from '../market/index.ts';
import type { ErrorRow } from '../store/index.ts';
import { ScriptedFeed } from '../testing/pipeline-feed.ts';
import { eventually, PipelineFixture } from '../testing/pipeline-fixture.ts';
import { tradeStream } from '../testing/pipeline-trades.ts';
import { openPipeline } from './open-pipeline.ts';
import type { Pipeline, PipelineOptions } from './pipeline.ts';

const STREAM = {
  seed: 3,
  symbols: ['AAPL'],
  startMs: Date.UTC(2026, 6, 13, 14),
  minutes: 1,
  tradesPerMinute: 30,
};
const AWAY = new TapedeckError('connection-lost', 'away for a moment', { retryable: true });

class FeedWithoutHistory extends ScriptedFeed {
  override history(): AsyncIterable<readonly Bar[]> {
    throw new TapedeckError('plan-limit', 'no history in this plan');
  }
}

/** Calls of this name fail until `times` are used up. */
function failing<T extends object>(target: T, name: string, times: number): T {
  let left = times;
  return new Proxy(target, {
    get: (own, asked) => {
      const value: unknown = Reflect.get(own, asked);
      if (typeof value !== 'function') return value;
      const call = value.bind(own) as (...parameters: unknown[]) => unknown;
      return asked !== name ? call : (...given: unknown[]) => (left-- > 0 ? Promise.reject(AWAY) : call(...given));
    },
  });
}

describe('what fails in a role is in the table of errors', { timeout: 120_000 }, () => {
  let fixture: PipelineFixture;
  let pipelines: Pipeline[];

  beforeEach(async () => {
    pipelines = [];
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(async () => {
    for (const pipeline of pipelines) await pipeline.close();
    await fixture.close();
  }, 60_000);

  async function open(changes: Partial<PipelineOptions>): Promise<void> {
    pipelines.push(await openPipeline(fixture.options(changes)));
  }

  async function recorded(scope: string): Promise<ErrorRow> {
    let row: ErrorRow | undefined;
    await eventually(`an error of ${scope} is recorded`, async () => {
      const rows = await fixture.store.errors({ fromMs: null, toMs: null, limit: 100 });
      row = rows.find((known) => known.scope === scope);
      return row !== undefined;
    });
    return row as ErrorRow;
  }

  const replayed = () => new ScriptedFeed({ events: tradeStream(STREAM) });

  it('when the store does not take rows, and when analysis cannot load what it stands on', async () => {
    const store = failing(failing(fixture.store, 'persist', 2), 'symbolsWithCandles', 1);
    await open({ store, feed: replayed(), dataset: 'replay-test', roles: new Set(['ingest', 'analyze', 'persist']) });
    await pipelines[0]?.finished;
    expect(await recorded('persist')).toMatchObject({ code: 'connection-lost', outcome: 'retried' });
    expect(await recorded('analyze')).toMatchObject({ outcome: 'retried' });
  });

  it('when the bus does not take events', async () => {
    const bus = failing(fixture.bus, 'publish', 2);
    await open({ bus, feed: replayed(), dataset: 'replay-test', roles: new Set(['ingest']) });
    expect(await recorded('ingest')).toMatchObject({
      message: 'the bus does not take events: away for a moment',
      outcome: 'retried',
    });
  });

  it('when a feed breaks off, sends what cannot be read, and has no history', async () => {
    const feed = new FeedWithoutHistory({
      events: [],
      source: 'live',
      staysOpen: true,
      failures: [AWAY],
      notices: [
        { kind: 'bad-message', reason: 'p: expected a number, got "x"', payload: '{}', position: null, origin: 'x' },
      ],
    });
    await open({ feed, symbols: ['AAPL'], dataset: 'live', roles: new Set(['ingest', 'persist']) });
    expect(await recorded('backfill')).toMatchObject({ code: 'plan-limit', outcome: 'gave-up' });
    const outcomes = async () => {
      const rows = await fixture.store.errors({ fromMs: null, toMs: null, limit: 100 });
      return rows
        .filter(({ scope }) => scope === 'feed:replay')
        .map(({ message, outcome }) => `${message}: ${String(outcome)}`);
    };
    await eventually('both are recorded', async () => (await outcomes()).length === 2);
    expect((await outcomes()).sort()).toEqual(['away for a moment: reconnected', 'p: expected a number: dead-letter']);
  });

  it('without a secret, which is not in a dead letter either', async () => {
    const feed = new ScriptedFeed({
      events: [],
      source: 'live',
      staysOpen: true,
      failures: [new TapedeckError('connection-lost', 'refused key-1234', { retryable: true })],
      notices: [
        { kind: 'bad-message', reason: 'odd key-1234', payload: '{"key":"key-1234"}', position: null, origin: 'x' },
      ],
    });
    const maskSecrets = (text: string) => text.replaceAll('key-1234', '***');
    await open({ feed, maskSecrets, dataset: 'live', roles: new Set(['ingest', 'persist']) });
    const letters = () => fixture.store.deadLetters({ fromMs: null, toMs: null, limit: 10 });
    await eventually('the dead letter is stored', async () => (await letters()).length === 1);
    const errors = await fixture.store.errors({ fromMs: null, toMs: null, limit: 100 });
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify([await letters(), errors])).not.toContain('key-1234');
  });
});
