import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Metrics } from '../pipeline/pipeline.ts';

const PREFIX = 'tapedeck_';

/** Latencies on one machine (a tenth of a millisecond) up to a stuck minute. */
const SECONDS_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

type Labels = Readonly<Record<string, string>>;

/** Keeps the figures of the pipeline and prints them as Prometheus text. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor() {
    collectDefaultMetrics({ register: this.#registry, prefix: PREFIX });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  count(name: string, labels: Labels, by = 1): void {
    const counter = made(this.#counters, name, () => new Counter(this.#describe(withTotal(name), labels)));
    counter.inc({ ...labels }, by);
  }

  gauge(name: string, labels: Labels, value: number): void {
    made(this.#gauges, name, () => new Gauge(this.#describe(name, labels))).set({ ...labels }, value);
  }

  observe(name: string, labels: Labels, seconds: number): void {
    const described = (): Histogram => new Histogram({ ...this.#describe(name, labels), buckets: SECONDS_BUCKETS });
    made(this.#histograms, name, described).observe({ ...labels }, seconds);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #describe(name: string, labels: Labels): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
    return {
      name: `${PREFIX}${name}`,
      help: name.replaceAll('_', ' '),
      labelNames: Object.keys(labels),
      registers: [this.#registry],
    };
  }
}

function withTotal(name: string): string {
  return name.endsWith('_total') ? name : `${name}_total`;
}

function made<T>(kept: Map<string, T>, name: string, make: () => T): T {
  let found = kept.get(name);
  if (found === undefined) {
    found = make();
    kept.set(name, found);
  }
  return found;
}
