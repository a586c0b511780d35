import { join } from 'node:path';
import type { Clock, Log } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { Bus, BusState, ConsumeRequest, Consumption, TopicEvents, TopicKind, TopicPartition } from '../bus.ts';
import { encodeEvents } from '../encoded-events.ts';
import { keyOf, KeyPartitioner, TOPIC_KINDS } from '../topics.ts';
import { LogConsumption } from './log-consumption.ts';
import { openIdentity } from './log-identity.ts';
import { PartitionLog } from './partition-log.ts';

export interface InProcessLogOptions {
  /** Holds `log.json` and one folder of segments per topic and partition; created if missing. */
  readonly directory: string;
  /** 1 by default; an existing log keeps the number it was created with. */
  readonly partitionCount?: number;
  /** When a segment file is full and the next begins; 16 MiB by default. */
  readonly segmentBytes?: number;
  readonly clock: Clock;
  readonly log: Log;
}

const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024;
const SYNC_INTERVAL_MS = 1000;

/**
 * The bus of the embedded stack: files, and consumers in the same process. A publish resolves when its events are written
 * to the operating system, which survives the end of this process but not a power cut; fsync follows within a second and
 * on close.
 * Throws `read-only`, `disk-full`, `corrupt`, `unsupported` or, for another number of partitions, `bad-config`.
 */
export async function openInProcessLog(options: InProcessLogOptions): Promise<Bus> {
  const partitionCount = options.partitionCount ?? 1;
  if (!Number.isInteger(partitionCount) || partitionCount < 1) {
    throw new TapedeckError('bad-config', `partitionCount must be a whole number above 0, not ${partitionCount}`);
  }
  const identity = await openIdentity(options.directory, partitionCount);
  const state = { current: WRITABLE };
  const logs = new Map<TopicKind, PartitionLog<TopicKind>[]>();
  try {
    for (const kind of TOPIC_KINDS) {
      const partitions: PartitionLog<TopicKind>[] = [];
      logs.set(kind, partitions);
      for (let partition = 0; partition < partitionCount; partition++) {
        partitions.push(await openPartition(kind, partition, options, state));
      }
    }
  } catch (cause) {
    await Promise.allSettled([...logs.values()].flat().map((log) => log.close()));
    throw cause;
  }
  return new InProcessLog(identity.clusterId, logs, state, options);
}

const WRITABLE: BusState = { isConnected: true, detail: 'log file open' };

function openPartition(
  kind: TopicKind,
  partition: number,
  options: InProcessLogOptions,
  state: { current: BusState },
): Promise<PartitionLog<TopicKind>> {
  return PartitionLog.open<TopicKind>({
    directory: join(options.directory, `${kind}-${partition}`),
    kind,
    segmentBytes: options.segmentBytes ?? DEFAULT_SEGMENT_BYTES,
    clock: options.clock,
    log: options.log,
    onWrite: (error) => {
      if (error === null) state.current = WRITABLE;
      else state.current = { isConnected: false, detail: error.userMessage };
    },
  });
}

class InProcessLog implements Bus {
  readonly clusterId: string;
  readonly partitionCount: number;
  readonly isShared = false;
  readonly #logs: ReadonlyMap<TopicKind, readonly PartitionLog<TopicKind>[]>;
  readonly #state: { current: BusState };
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #partitioner: KeyPartitioner;
  readonly #consumptions = new Map<string, LogConsumption>();
  readonly #syncTimer: NodeJS.Timeout;
  #isClosed = false;

  constructor(
    clusterId: string,
    logs: ReadonlyMap<TopicKind, readonly PartitionLog<TopicKind>[]>,
    state: { current: BusState },
    { clock, log }: Pick<InProcessLogOptions, 'clock' | 'log'>,
  ) {
    this.clusterId = clusterId;
    this.partitionCount = logs.get('trades')?.length ?? 1;
    this.#logs = logs;
    this.#state = state;
    this.#clock = clock;
    this.#log = log;
    this.#partitioner = new KeyPartitioner(this.partitionCount);
    this.#syncTimer = setInterval(() => void this.#syncAll(), SYNC_INTERVAL_MS);
    this.#syncTimer.unref();
  }

  logIdOf(): string {
    return this.clusterId;
  }

  get state(): BusState {
    return this.#state.current;
  }

  async publish<K extends TopicKind>(topic: K, events: readonly TopicEvents[K][]): Promise<void> {
    if (this.#isClosed) throw closed();
    if (events.length === 0) return;
    const { letters, ...encoded } = encodeEvents(topic, events, () => this.#clock.now());
    if (letters.length === 0) {
      await this.#append(topic, encoded.events, encoded.texts);
      return;
    }
    this.#log.error({ topic, count: letters.length, reason: letters[0]?.reason }, 'events that cannot be published');
    await Promise.all([this.#append(topic, encoded.events, encoded.texts), this.publish('dead-letters', letters)]);
  }

  async #append<K extends TopicKind>(
    topic: K,
    events: readonly TopicEvents[K][],
    lines: readonly string[],
  ): Promise<void> {
    const partitions = this.#partitionsOf(topic);
    if (partitions.length === 1) {
      if (events.length > 0) await partitions[0]?.append(events, lines);
      return;
    }
    const byPartition = new Map<number, { readonly events: TopicEvents[K][]; readonly lines: string[] }>();
    for (const [at, event] of events.entries()) {
      const partition = this.#partitioner.partitionOf(keyOf(topic, event));
      let group = byPartition.get(partition);
      if (group === undefined) byPartition.set(partition, (group = { events: [], lines: [] }));
      group.events.push(event);
      group.lines.push(lines[at] ?? '');
    }
    const appends = [...byPartition].map(async ([partition, group]) =>
      partitions[partition]?.append(group.events, group.lines),
    );
    await Promise.all(appends);
  }

  consume(request: ConsumeRequest): Promise<Consumption> {
    if (this.#isClosed) return Promise.reject(closed());
    const { group } = request;
    if (this.#consumptions.has(group)) {
      const message = `the group ${group} is consuming already; the log in one process has one consumer a group`;
      return Promise.reject(new TapedeckError('conflict', message));
    }
    const consumption = new LogConsumption(request, this.#logs, this.#log, () => this.#consumptions.delete(group));
    this.#consumptions.set(group, consumption);
    consumption.start();
    return Promise.resolve(consumption);
  }

  endOffsets(topic: TopicKind): Promise<readonly number[]> {
    return Promise.resolve(this.#partitionsOf(topic).map((log) => log.endOffset));
  }

  async release({ topic, partition }: TopicPartition, offset: number): Promise<void> {
    await this.#partitionsOf(topic)[partition]?.release(offset);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#syncTimer);
    await Promise.all([...this.#consumptions.values()].map((consumption) => consumption.close()));
    await Promise.all(this.#allLogs().map((log) => log.close()));
    this.#state.current = { isConnected: false, detail: 'closed' };
  }

  #partitionsOf(topic: TopicKind): readonly PartitionLog<TopicKind>[] {
    return this.#logs.get(topic) ?? [];
  }

  #allLogs(): readonly PartitionLog<TopicKind>[] {
    return [...this.#logs.values()].flat();
  }

  async #syncAll(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#allLogs().map((log) => log.sync()));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        this.#log.error({ error: outcome.reason as unknown }, 'fsync of the log failed');
    }
  }
}

function closed(): TapedeckError {
  return new TapedeckError('closed', 'the bus is closed');
}
