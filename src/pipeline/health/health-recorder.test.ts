import { describe, expect, it } from 'vitest';
import type { Bus } from '../../bus/bus.ts';
import type { Clock, DatasetName } from '../../market/index.ts';
import { CountedMetrics } from '../../testing/pipeline-fixture.ts';
import { HealthRecorder } from './health-recorder.ts';
import { LatencyWindow } from './latency-window.ts';
import { RoleMeter } from './role-meter.ts';

const NOW_MS = Date.UTC(2026, 6, 13, 14);
const wallClock: Clock = { now: () => NOW_MS };

function recorder(clock: Clock, dataset: DatasetName, isShared = false): HealthRecorder {
  const bus = { isShared } as Bus;
  return new HealthRecorder({ clock, metrics: new CountedMetrics(), bus, dataset }, wallClock);
}

/** Stages by name, with their p50. */
function stagesOf(health: HealthRecorder): Readonly<Record<string, number>> {
  return Object.fromEntries(health.stages().map(({ stage, p50 }) => [stage, p50]));
}

const trade = { timeMs: NOW_MS - 64, receivedMs: NOW_MS - 32 };

describe('the way of a trade', () => {
  it('is timed from the exchange where its clock is ours', () => {
    const health = recorder(wallClock, 'live');
    health.addFromExchange('exchange_to_ingest', trade);
    health.addSinceReceipt('ingest_to_bus', trade);
    expect(stagesOf(health)).toEqual({ exchange_to_ingest: 32, ingest_to_bus: 32 });
    expect(health.ageMs(trade)).toBe(64);
  });

  it('is timed from the receipt in real time where the market has a clock of its own', () => {
    const health = recorder({ now: () => NOW_MS, rate: 8 }, 'mock');
    health.addFromExchange('exchange_to_ingest', trade);
    health.addSinceReceipt('ingest_to_bus', trade);
    expect(stagesOf(health)).toEqual({ ingest_to_bus: 4 });
    expect(health.ageMs(trade)).toBe(4);
  });

  it('is not timed where the receipt was another day, or by a clock that each process starts anew', () => {
    for (const health of [recorder(wallClock, 'replay-x'), recorder({ now: () => NOW_MS, rate: 8 }, 'mock', true)]) {
      health.addFromExchange('exchange_to_ingest', trade);
      health.addSinceReceipt('ingest_to_bus', trade);
      expect(stagesOf(health)).toEqual({});
      expect(health.ageMs(trade)).toBeNull();
    }
  });

  it('does not take the last trade of a quiet symbol for a slow one', () => {
    const health = recorder(wallClock, 'live');
    const old = { timeMs: NOW_MS - 86_400_000, receivedMs: NOW_MS - 16 };
    health.addFromExchange('exchange_to_ingest', old);
    expect(stagesOf(health)).toEqual({});
    expect(health.ageMs(old)).toBe(16);
  });

  it('counts as 0 where clocks differ, and says by how much', () => {
    const health = recorder(wallClock, 'live');
    health.addSinceReceipt('ingest_to_store', { timeMs: NOW_MS, receivedMs: NOW_MS + 250 });
    expect(health.stages()).toMatchObject([{ stage: 'ingest_to_store', p99: 0.0625, skewMs: 250 }]);
  });
});

describe('the latency window', () => {
  it('tells percentiles of the last minute within a fifth, and forgets what is older', () => {
    let nowMs = NOW_MS;
    const window = new LatencyWindow({ now: () => nowMs });
    for (let latencyMs = 1; latencyMs <= 100; latencyMs++) window.add(latencyMs);
    const { p50, p99 } = window.percentiles() ?? expect.fail('nothing seen');
    expect(p50).toBeGreaterThanOrEqual(50);
    expect(p50).toBeLessThan(60);
    expect(p99).toBeGreaterThanOrEqual(99);
    expect(p99).toBeLessThan(119);
    nowMs += 70_000;
    expect(window.percentiles()).toBeNull();
  });
});

describe('a role', () => {
  it('forgets the lag of partitions that left', () => {
    const gauges = new Map<string, number>();
    const metrics = new CountedMetrics();
    metrics.gauge = (name, labels, value) => void gauges.set(`${name} ${Object.values(labels).join(' ')}`, value);
    metrics.forget = (name, labels) => void gauges.delete(`${name} ${Object.values(labels).join(' ')}`);
    const meter = new RoleMeter('persist', wallClock, metrics);
    const owned = [0, 1].map((partition) => ({ topic: 'trades' as const, partition }));
    meter.setOwned(owned);
    expect(meter.report().partitions).toEqual([
      { partition: 0, lag: null },
      { partition: 1, lag: null },
    ]);
    meter.setLag(owned.map((one) => ({ ...one, position: 5, endOffset: 12 })));
    expect(gauges.get('consumer_lag_records persist trades 1')).toBe(7);
    meter.setOwned(owned.slice(0, 1));
    expect(meter.report().partitions).toEqual([{ partition: 0, lag: 7 }]);
    expect([...gauges.keys()].filter((key) => key.startsWith('consumer_lag'))).toEqual([
      'consumer_lag_records persist trades 0',
    ]);
  });
});
