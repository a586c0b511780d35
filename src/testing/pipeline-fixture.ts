import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../bus/bus.ts';
import { openInProcessLog } from '../bus/in-process-log/in-process-log.ts';
import { datasetSchema, silentLog, systemClock } from '../market/index.ts';
import type { Metrics, PipelineOptions } from '../pipeline/pipeline.ts';
import { acquireDataFolderLock, type DataFolderLock, openEmbeddedStore, type Store } from '../store/index.ts';

/** A real log and a real embedded store in a folder of their own. */
export class PipelineFixture {
  readonly directory: string;
  readonly #partitionCount: number;
  readonly #lock: DataFolderLock;
  #bus: Bus;
  #store: Store;

  private constructor(directory: string, partitionCount: number, lock: DataFolderLock, bus: Bus, store: Store) {
    this.directory = directory;
    this.#partitionCount = partitionCount;
    this.#lock = lock;
    this.#bus = bus;
    this.#store = store;
  }

  static async open(partitionCount = 1): Promise<PipelineFixture> {
    const directory = await mkdtemp(join(tmpdir(), 'tapedeck-pipeline-'));
    const lock = await acquireDataFolderLock(directory, Date.now());
    const bus = await openBus(directory, partitionCount);
    return new PipelineFixture(directory, partitionCount, lock, bus, await openStore(directory, lock));
  }

  get bus(): Bus {
    return this.#bus;
  }

  get store(): Store {
    return this.#store;
  }

  /** Closes log and store and opens them again, as a restart of the program does. */
  async reopen(): Promise<void> {
    await this.#bus.close();
    await this.#store.close();
    this.#bus = await openBus(this.directory, this.#partitionCount);
    this.#store = await openStore(this.directory, this.#lock);
  }

  options(changes: Partial<PipelineOptions>): PipelineOptions {
    return {
      roles: new Set(['ingest', 'analyze', 'persist', 'notify', 'serve']),
      bus: this.#bus,
      store: this.#store,
      feed: null,
      dataset: 'mock',
      version: '0.0.0',
      hostId: 'test-host',
      symbols: [],
      indicatorPeriods: CLASSIC_PERIODS,
      alertThresholds: {
        rsiOverbought: 70,
        rsiOversold: 30,
        volatility: 0.5,
        priceChangePercent: 5,
        volumeChangePercent: 200,
      },
      retention: { tradesMs: 365 * 86_400_000, minuteCandlesMs: 730 * 86_400_000, maxBytes: null },
      notifiers: [],
      recorder: null,
      maskSecrets: (text) => text,
      clock: systemClock,
      log: silentLog,
      metrics: new CountedMetrics(),
      ...changes,
    };
  }

  async close(): Promise<void> {
    await this.#bus.close();
    await this.#store.close();
    await this.#lock.release();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export const CLASSIC_PERIODS: PipelineOptions['indicatorPeriods'] = {
  rsi: 14,
  smaShort: 20,
  smaLong: 50,
  emaShort: 12,
  emaLong: 26,
  bollinger: 20,
  bollingerDeviations: 2,
  macdFast: 12,
  macdSlow: 26,
  macdSignal: 9,
  volatility: 20,
};

/** Counters by name over all labels, the last value of gauges, and nothing else. */
export class CountedMetrics implements Metrics {
  readonly counts = new Map<string, number>();
  readonly gauges = new Map<string, number>();

  count(name: string, _labels: Readonly<Record<string, string>>, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  gauge(name: string, _labels: Readonly<Record<string, string>>, value: number): void {
    this.gauges.set(name, value);
  }

  forget(name: string, _labels: Readonly<Record<string, string>>): void {
    this.gauges.delete(name);
  }

  observe(): void {
    // Durations say nothing about right or wrong.
  }
}

/** Polls until `check` holds; throws naming `what` when it does not within a minute and a half. */
export async function eventually(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 90_000;
  while (!(await check())) {
    if (performance.now() > untilMs) throw new Error(`it did not come to pass that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function openBus(directory: string, partitionCount: number): Promise<Bus> {
  return openInProcessLog({ directory: join(directory, 'log'), partitionCount, clock: systemClock, log: silentLog });
}

function openStore(directory: string, lock: DataFolderLock): Promise<Store> {
  return openEmbeddedStore({
    lock,
    directory: join(directory, 'database'),
    schema: datasetSchema('mock'),
    log: silentLog,
  });
}
