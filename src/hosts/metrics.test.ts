import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { METRIC_CATALOG } from '../pipeline/index.ts';
import type { MetricDefinition } from '../pipeline/index.ts';
import { eventually, startTestHost } from '../testing/host-test-host.ts';
import type { TestHost } from '../testing/host-test-host.ts';
import { METRIC_PREFIX, PrometheusMetrics } from './prometheus-metrics.ts';

/** A row of METRICS.md: `| name | type | labels | meaning |`. */
interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

interface EmittedMetric {
  readonly type: string;
  readonly help: string;
  readonly labels: Set<string>;
}

async function documentedMetrics(): Promise<readonly DocumentedMetric[]> {
  const text = await readFile(new URL('METRICS.md', import.meta.url), 'utf8');
  const rows = text.matchAll(/^\| `(tapedeck_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$/gm);
  return [...rows].map(([, name = '', type = '', labels = '', help = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
    help,
  }));
}

function emittedMetrics(text: string): ReadonlyMap<string, EmittedMetric> {
  const found = new Map<string, EmittedMetric>();
  let current: { name: string; metric: EmittedMetric } | null = null;
  for (const line of text.split('\n')) {
    const help = /^# HELP (\S+) (.*)$/.exec(line);
    if (help !== null) {
      current = { name: help[1] ?? '', metric: { type: '', help: help[2] ?? '', labels: new Set() } };
      found.set(current.name, current.metric);
    }
    if (current === null) continue;
    const type = /^# TYPE \S+ (\w+)$/.exec(line);
    if (type !== null) found.set(current.name, (current.metric = { ...current.metric, type: type[1] ?? '' }));
    for (const [, label = ''] of /\{(.*)\}/.exec(line)?.[1]?.matchAll(/(\w+)="/g) ?? [])
      current.metric.labels.add(label);
  }
  return found;
}

describe('metrics', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await startTestHost({ kind: 'web', args: ['--feed', 'mock', '--symbols', 'AAPL,MSFT'], ui: null });
  }, 60_000);

  afterAll(async () => {
    await host.close();
  }, 60_000);

  test('the table of METRICS.md says of every metric what the program says', async () => {
    const table = await documentedMetrics();
    const catalog = Object.entries(METRIC_CATALOG).map(
      ([name, { kind, labels, help }]: [string, MetricDefinition]) => ({
        name: `${METRIC_PREFIX}${name}`,
        type: kind,
        labels: [...labels],
        help,
      }),
    );
    expect(table).toEqual(catalog);
  });

  test('every name keeps to the conventions of Prometheus', () => {
    for (const [name, { kind, help, unit }] of Object.entries(METRIC_CATALOG) as [string, MetricDefinition][]) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(name).not.toMatch(/_(ms|millis|milliseconds|kb|mb|percent)(_|$)/);
      expect(name.endsWith('_total'), name).toBe(kind === 'counter');
      expect(kind !== 'histogram' || name.endsWith(`_${unit ?? ''}`), name).toBe(true);
      expect(help.length, name).toBeGreaterThan(20);
      expect(help.replaceAll(/\W/g, '').toLowerCase(), name).not.toBe(name.replaceAll('_', ''));
    }
  });

  test('a running host emits nothing that the table does not name, and what every trade passes', async () => {
    const table = new Map((await documentedMetrics()).map((metric) => [metric.name, metric]));
    const read = async (): Promise<string> => (await host.get('/metrics')).text();
    const text = await eventually(read, (found) => found.includes('stage="ingest_to_store"'), 60_000);
    const emitted = emittedMetrics(text);
    const own = [...emitted].filter(([name]) => name.startsWith(METRIC_PREFIX));
    expect(own.length).toBeGreaterThan(20);
    for (const [name, { type, help, labels }] of own) {
      const row = table.get(name);
      expect({ name, type, help }).toEqual({ name, type: row?.type, help: row?.help });
      for (const label of labels) expect([...(row?.labels ?? []), 'le']).toContain(label);
    }
    expect([...emitted.keys()]).toContain('process_cpu_seconds_total');
    for (const stage of ['exchange_to_ingest', 'ingest_to_bus', 'ingest_to_analysis', 'ingest_to_desk']) {
      expect(text).toContain(`tapedeck_stage_latency_seconds_count{stage="${stage}"}`);
    }
    for (const role of ['analyze', 'persist', 'notify', 'serve']) {
      expect(text).toContain(`tapedeck_owned_partitions{role="${role}"}`);
    }
  });

  test('a gauge that was forgotten is not emitted any more', async () => {
    const metrics = new PrometheusMetrics();
    const labels = { role: 'persist', topic: 'trades', partition: '3' };
    metrics.gauge('consumer_lag_records', labels, 7);
    expect(await metrics.text()).toContain('partition="3"} 7');
    metrics.forget('consumer_lag_records', labels);
    expect(await metrics.text()).not.toContain('partition="3"');
  });
});
