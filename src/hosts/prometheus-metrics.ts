import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { METRIC_CATALOG } from '../pipeline/index.ts';
import type { MetricDefinition, MetricLabels, MetricName, Metrics } from '../pipeline/index.ts';

export const METRIC_PREFIX = 'tapedeck_';

const BUCKETS = {
  /** From what one machine does in a tenth of a millisecond up to a stuck minute. */
  seconds: [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
  records: [1, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000],
} as const;

/** Keeps the figures of the pipeline and prints them as Prometheus text; those of the process keep their usual names. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  count<N extends MetricName<'counter'>>(name: N, labels: MetricLabels<N>, by = 1): void {
    made(this.#counters, name, () => new Counter(this.#describe(name))).inc({ ...labels }, by);
  }

  gauge<N extends MetricName<'gauge'>>(name: N, labels: MetricLabels<N>, value: number): void {
    made(this.#gauges, name, () => new Gauge(this.#describe(name))).set({ ...labels }, value);
  }

  forget<N extends MetricName<'gauge'>>(name: N, labels: MetricLabels<N>): void {
    this.#gauges.get(name)?.remove({ ...labels });
  }

  observe<N extends MetricName<'histogram'>>(name: N, labels: MetricLabels<N>, value: number): void {
    const buckets = [...BUCKETS[METRIC_CATALOG[name].unit]];
    made(this.#histograms, name, () => new Histogram({ ...this.#describe(name), buckets })).observe(
      { ...labels },
      value,
    );
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #describe(name: MetricName): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
    const { help, labels }: MetricDefinition = METRIC_CATALOG[name];
    return { name: `${METRIC_PREFIX}${name}`, help, labelNames: [...labels], registers: [this.#registry] };
  }
}

function made<T>(kept: Map<string, T>, name: string, make: () => T): T {
  let found = kept.get(name);
  if (found === undefined) {
    found = make();
    kept.set(name, found);
  }
  return found;
}
