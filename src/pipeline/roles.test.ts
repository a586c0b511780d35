import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeFrame, type Frame, type ServerEvent } from '../contract/index.ts';
import { createMockFeed } from '../feeds/mock/mock-feed.ts';
import { DEFAULT_MOCK_OPTIONS } from '../feeds/mock/mock-options.ts';
import { type Alert, systemClock, TapedeckError, type Trade } from '../market/index.ts';
import type { Notifier } from '../notify/notifier.ts';
import { minuteBarOf, ScriptedFeed } from '../testing/pipeline-feed.ts';
import { CountedMetrics, eventually, PipelineFixture } from '../testing/pipeline-fixture.ts';
import { tradeStream } from '../testing/pipeline-trades.ts';
import { openPipeline } from './open-pipeline.ts';
import type { Desk, Pipeline, PipelineOptions } from './pipeline.ts';

const STREAM = {
  seed: 3,
  symbols: ['AAPL'],
  startMs: Date.UTC(2026, 6, 13, 14),
  minutes: 5,
  tradesPerMinute: 30,
};

class RecordingNotifier implements Notifier {
  readonly channel = 'recording:test';
  readonly delivered: Alert[] = [];

  deliver(alert: Alert): ReturnType<Notifier['deliver']> {
    this.delivered.push(alert);
    return Promise.resolve({ isDelivered: true, detail: '' });
  }
}

function trades(prices: readonly number[], firstMs: number): readonly Trade[] {
  const [pattern] = tradeStream(STREAM).filter((event): event is Trade => event.type === 'trade');
  if (pattern === undefined) throw new Error('the stream is empty');
  return prices.map((price, index) => {
    const timeMs = firstMs + index * 1_000;
    return { ...pattern, price, timeMs, id: `p-${String(timeMs)}`, sequence: index };
  });
}

describe('the roles of a pipeline', { timeout: 120_000 }, () => {
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

  async function open(changes: Partial<PipelineOptions>): Promise<Pipeline> {
    const pipeline = await openPipeline(fixture.options(changes));
    pipelines.push(pipeline);
    return pipeline;
  }

  function deskOf(pipeline: Pipeline): Desk {
    if (pipeline.desk === null) throw new Error('this pipeline serves no desk');
    return pipeline.desk;
  }

  it('bring the mock market to a desk in another pipeline on the same bus and store', async () => {
    const feed = createMockFeed({ options: DEFAULT_MOCK_OPTIONS, clock: systemClock });
    await open({ feed, hostId: 'worker-1', roles: new Set(['ingest']) });
    await open({ hostId: 'worker-2', roles: new Set(['analyze', 'persist', 'notify']) });
    const desk = deskOf(await open({ hostId: 'desk', roles: new Set(['serve']) }));
    const frames: Frame[] = [];
    const session = desk.openSession((buffer) => {
      const frame = decodeFrame(buffer);
      frames.push(frame);
      session.receive({ type: 'acknowledge', sequence: frame.sequence, paintMs: 1 });
    });
    const charts = [{ chartId: 5, symbol: 'AAPL', interval: '1m', indicators: ['sma20', 'rsi14'] }] as const;
    session.receive({ type: 'watch', generation: 1, symbols: ['AAPL'], charts });
    await desk.watchSymbols(['AAPL']);

    await eventually('the desk has a last price, a day and a previous close', () => {
      const [quote] = desk.latestQuotes(['AAPL']);
      return quote !== undefined && quote.trade !== null && quote.volume !== null && quote.previousClose !== null;
    });
    await eventually('the chart moves with its indicators', () =>
      frames.some(({ charts: [chart] }) => chart !== undefined && !chart.values.subarray(0, 10).some(Number.isNaN)),
    );
    await eventually('the history reaches back', async () => {
      const range = await desk.candleRange({
        symbol: 'AAPL',
        interval: '5m',
        beforeMs: null,
        limit: 50,
        indicators: ['ema12'],
      });
      return range.hasMore && range.indicators['ema12']?.every((value) => value !== null) === true;
    });
    await feed.close();
  });

  it('store everything that the feed lists, with the calendar it has now', async () => {
    for (const [session, calendar, phases] of [
      ['always', 'always-open', ['open']],
      ['us', 'us-equities', ['pre', 'open', 'post', 'closed']],
    ] as const) {
      const feed = createMockFeed({ options: { ...DEFAULT_MOCK_OPTIONS, session }, clock: systemClock });
      const pipeline = await openPipeline(fixture.options({ feed, roles: new Set(['ingest']) }));
      const stored = await fixture.store.instruments();
      expect(stored.length).toBeGreaterThanOrEqual(500);
      expect(new Set(stored.map((instrument) => instrument.calendar))).toEqual(new Set([calendar]));
      expect(phases).toContain(pipeline.status().session.phase);
      expect(pipeline.status().session.nextPhase === null).toBe(session === 'always');
      await pipeline.close();
      await feed.close();
    }
  });

  it('continue a loaded range live with the same indicator values', async () => {
    const feed = createMockFeed({ options: DEFAULT_MOCK_OPTIONS, clock: systemClock });
    const desk = deskOf(await open({ feed }));
    const indicators = ['sma20', 'ema26', 'rsi14', 'macd12-26-9.signal', 'bollinger20-2.upper'];
    await desk.watchSymbols(['MSFT']);
    const read = () => desk.candleRange({ symbol: 'MSFT', interval: '1m', beforeMs: null, limit: 400, indicators });
    await eventually('a day of history is there', async () => (await read()).openTimeMs.length === 400);
    const rows = new Map<number, readonly number[]>();
    const session = desk.openSession((buffer) => {
      const frame = decodeFrame(buffer);
      for (const { values } of frame.charts) {
        for (let at = 0; at < values.length; at += 13) rows.set(values[at] ?? 0, [...values.subarray(at, at + 13)]);
      }
      session.receive({ type: 'acknowledge', sequence: frame.sequence, paintMs: 1 });
    });
    const charts = [{ chartId: 1, symbol: 'MSFT', interval: '1m', indicators }] as const;
    session.receive({ type: 'watch', generation: 1, symbols: [], charts });
    await eventually('a candle came that the range has too, in the same revision', async () => {
      const range = await read();
      const last = range.openTimeMs.length - 1;
      const row = rows.get(range.openTimeMs[last] ?? 0);
      if (row === undefined || row[6] !== range.revision[last]) return false;
      indicators.forEach((key, index) => {
        expect(row[8 + index], key).toBeCloseTo(range.indicators[key]?.[last] ?? Number.NaN, 6);
      });
      return true;
    });
    session.close();
    await feed.close();
  });

  it('fire an alert once, and deliver it once, over restarts', async () => {
    const notifier = new RecordingNotifier();
    const startMs = STREAM.startMs;
    const first = trades([99, 99.5, 101], startMs);
    const second = [...first, ...trades([101.5, 102], startMs + 10_000)];
    const run = async (events: readonly Trade[]): Promise<void> => {
      const pipeline = await openPipeline(
        fixture.options({
          feed: new ScriptedFeed({ events }),
          dataset: 'replay-test',
          notifiers: [notifier],
          roles: new Set(['ingest', 'analyze', 'persist', 'notify']),
        }),
      );
      await pipeline.finished;
      await eventually('the alert was delivered', () => notifier.delivered.length > 0);
      await pipeline.close();
      await fixture.reopen();
    };
    await fixture.store.saveAlertRule({
      id: '2f6b1a9c-52c4-4b5e-9c0e-2b7f1f0f7c11',
      symbol: 'AAPL',
      condition: { kind: 'price-above', price: 100 },
      isEnabled: true,
      cooldownMs: 0,
      hysteresisPercent: 0.1,
      note: '',
      createdMs: 1,
      updatedMs: 1,
    });
    await run(first);
    await run(second);
    await run(second);
    expect(notifier.delivered).toMatchObject([{ symbol: 'AAPL', value: 101 }]);
    const stored = await fixture.store.alerts({ symbol: null, fromMs: null, toMs: null, limit: 10 });
    expect(stored.map((alert) => alert.id)).toEqual([notifier.delivered[0]?.id]);
  });

  it('tell every desk of a new alert rule and of the alert that it fires', async () => {
    const events: ServerEvent[] = [];
    const desk = deskOf(await open({ hostId: 'desk', roles: new Set(['serve']) }));
    desk.onEvent((event) => events.push(event));
    await open({ hostId: 'worker', roles: new Set(['analyze', 'persist']), dataset: 'replay-test' });
    const rule = await desk.saveAlertRule({ symbol: 'AAPL', condition: { kind: 'price-crossing', price: 100 } });
    await eventually('the rules were announced', () => events.some((event) => event.type === 'alert-rules'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await fixture.bus.publish('trades', trades([99, 101], STREAM.startMs));
    await eventually('the alert arrived', () =>
      events.some((event) => event.type === 'alert' && event.alert.ruleId === rule.id),
    );
    expect(await desk.recentAlerts(10, null)).toMatchObject([{ ruleId: rule.id, value: 101 }]);
    expect(await desk.removeAlertRule(rule.id)).toBe(true);
    expect(await desk.removeAlertRule(rule.id)).toBe(false);
  });

  it('go on without a feed that the user must repair, and say what to do', async () => {
    const notices: string[] = [];
    const failure = new TapedeckError('unauthorized', 'refused', { userMessage: 'Check the key in Settings.' });
    const feed = new ScriptedFeed({ events: [], failures: [failure], source: 'live' });
    const pipeline = await open({ feed, dataset: 'live' });
    deskOf(pipeline).onEvent((event) => {
      if (event.type === 'notice') notices.push(event.text);
    });
    await eventually('the feed is down', () =>
      pipeline.status().components.some((one) => one.name === 'feed' && one.state === 'down'),
    );
    const states = pipeline.status().components;
    expect(states.find((one) => one.name === 'feed')?.detail).toBe('Check the key in Settings.');
    expect(states.filter((one) => ['store', 'bus', 'analyze', 'persist', 'serve'].includes(one.name))).toHaveLength(5);
    expect(states.filter((one) => ['analyze', 'persist', 'serve'].includes(one.name) && one.state !== 'ok')).toEqual(
      [],
    );
    expect((await fixture.store.errors({ fromMs: null, toMs: null, limit: 5 })).map((row) => row.message)).toContain(
      'Check the key in Settings.',
    );
    expect(feed.streams).toBe(1);
  });

  it('try a feed again that failed in passing', async () => {
    const failure = new TapedeckError('connection-lost', 'cut', { retryable: true });
    const feed = new ScriptedFeed({ events: tradeStream(STREAM), failures: [failure, failure] });
    const pipeline = await open({ feed, dataset: 'replay-test', roles: new Set(['ingest', 'analyze', 'persist']) });
    await pipeline.finished;
    expect(feed.streams).toBe(3);
    const stored = await fixture.store.trades({ symbol: 'AAPL', fromMs: null, toMs: null, limit: 1_000 });
    expect(stored).toHaveLength(150);
  });

  it('keep what a feed could not read as a dead letter, and a gap until it is backfilled', async () => {
    const fromMs = Date.now() - 600_000;
    const minuteMs = fromMs - (fromMs % 60_000);
    const feed = new ScriptedFeed({
      events: [],
      source: 'live',
      staysOpen: true,
      bars: [minuteBarOf('AAPL', minuteMs)],
      notices: [
        { kind: 'bad-message', reason: 'price: not a number', payload: '{"p":"x"}', position: null, origin: 'stream' },
        {
          kind: 'gap',
          reason: 'disconnect',
          symbol: 'AAPL',
          fromMs: minuteMs + 1,
          toMs: minuteMs + 30_000,
          lostCount: null,
        },
      ],
    });
    const metrics = new CountedMetrics();
    await open({ feed, metrics, symbols: ['AAPL'], dataset: 'live' });
    const range = { fromMs: null, toMs: null, limit: 10 };
    await eventually('the dead letter is stored', async () => (await fixture.store.deadLetters(range)).length === 1);
    await eventually('the gap is closed', async () => {
      const [gap] = await fixture.store.gaps({ ...range, symbol: null });
      return gap?.reason === 'disconnect' && gap.backfilledMs !== null;
    });
    await eventually('the backfilled minute is a candle', async () => {
      const candles = await fixture.store.candles({ ...range, symbol: 'AAPL', interval: '1m', source: null });
      return candles.some((candle) => candle.openTimeMs === minuteMs && candle.volume === 10);
    });
  });

  it('let only one of two processes stream a feed', async () => {
    const first = new ScriptedFeed({ events: [], source: 'live', staysOpen: true });
    const second = new ScriptedFeed({ events: [], source: 'live', staysOpen: true });
    const roles = new Set(['ingest'] as const);
    const holder = await openPipeline(fixture.options({ feed: first, roles, hostId: 'one', dataset: 'live' }));
    await eventually('the first streams', () => first.streams === 1);
    await open({ feed: second, roles, hostId: 'two', dataset: 'live' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(second.streams).toBe(0);
    await holder.close();
    await eventually('the second takes over', () => second.streams === 1);
  });
});
