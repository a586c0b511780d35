import type { Log } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import type { ConsumeRequest, TopicKind, TopicPartition } from '../bus.ts';
import type { KafkaAdmin, Watermarks } from './kafka-admin.ts';

export interface OwnedPosition extends TopicPartition {
  readonly position: number;
}

/**
 * Where each partition continues. The stored position decides, never what is committed to Kafka; without one it is what
 * this consumer read last, or where it was told to start.
 */
export class PositionBook {
  readonly #request: ConsumeRequest;
  readonly #starts: ReadonlyMap<TopicKind, readonly Watermarks[]>;
  readonly #admin: KafkaAdmin;
  readonly #topicNames: ReadonlyMap<TopicKind, string>;
  readonly #log: Log;
  /** Also of partitions that were taken away meanwhile. */
  readonly #lastRead = new Map<string, number>();
  #current = new Map<string, OwnedPosition>();
  #ready: Promise<void> = Promise.resolve();
  #generation = 0;

  constructor(
    request: ConsumeRequest,
    starts: ReadonlyMap<TopicKind, readonly Watermarks[]>,
    admin: KafkaAdmin,
    topicNames: ReadonlyMap<TopicKind, string>,
    log: Log,
  ) {
    this.#request = request;
    this.#starts = starts;
    this.#admin = admin;
    this.#topicNames = topicNames;
    this.#log = log;
  }

  /** Changes with every assignment; what was learnt under another is void. */
  get generation(): number {
    return this.#generation;
  }

  /** Settles once the positions of the current assignment are known. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  owned(): readonly OwnedPosition[] {
    return [...this.#current.values()];
  }

  positionOf(topicPartition: TopicPartition): number | null {
    return this.#current.get(keyOfPartition(topicPartition))?.position ?? null;
  }

  move(topicPartition: TopicPartition, position: number): void {
    const { topic, partition } = topicPartition;
    const key = keyOfPartition(topicPartition);
    this.#current.set(key, { topic, partition, position });
    this.#lastRead.set(key, position);
  }

  unassign(): void {
    this.#generation++;
    this.#current = new Map();
  }

  /** Looks the positions up, trying until it works, and has the consumer go there. */
  assign(
    owned: readonly TopicPartition[],
    signal: AbortSignal,
    seek: (topicPartition: TopicPartition, position: number) => void,
  ): void {
    this.unassign();
    this.#ready = this.#settle(owned, signal, seek);
  }

  /** Where to go on when the log has no `position` any more, or not yet; told to the consumer. Null if it is inside. */
  async resumeOutside(topicPartition: TopicPartition, position: number): Promise<number | null> {
    const { topic, partition } = topicPartition;
    const watermarks = await this.#admin.watermarks(this.#topicNames.get(topic) ?? topic);
    return this.#tellOutside(topicPartition, position, watermarks[partition]);
  }

  #tellOutside(topicPartition: TopicPartition, stored: number, watermarks: Watermarks | undefined): number | null {
    if (watermarks === undefined || (stored >= watermarks.low && stored <= watermarks.high)) return null;
    // Beyond the end the topic is another one than it was: whoever wants all of it has read nothing of this one.
    const isAnew = stored > watermarks.high && this.#request.startAt === 'earliest';
    const resumedAt = stored < watermarks.low || isAnew ? watermarks.low : watermarks.high;
    this.#log.warn({ ...topicPartition, stored, resumedAt }, 'position outside the log');
    this.#request.onPositionOutsideLog?.(topicPartition, stored, resumedAt);
    return resumedAt;
  }

  async #settle(
    owned: readonly TopicPartition[],
    signal: AbortSignal,
    seek: (topicPartition: TopicPartition, position: number) => void,
  ): Promise<void> {
    const generation = this.#generation;
    const positions = await this.#locate(owned, signal, generation);
    if (generation !== this.#generation) return;
    for (const found of positions) {
      this.#current.set(keyOfPartition(found), found);
      seek(found, found.position);
    }
  }

  async #locate(
    owned: readonly TopicPartition[],
    signal: AbortSignal,
    generation: number,
  ): Promise<readonly OwnedPosition[]> {
    const backoff = new Backoff(BUS_BACKOFF);
    while (!signal.aborted && generation === this.#generation) {
      try {
        const kinds = [...new Set(owned.map(({ topic }) => topic))];
        const found = await Promise.all(
          kinds.map(async (kind) => [kind, await this.#admin.watermarks(this.#topicNames.get(kind) ?? kind)] as const),
        );
        const watermarks = new Map(found);
        const stored = await Promise.all(owned.map((topicPartition) => this.#request.loadPosition(topicPartition)));
        if (generation !== this.#generation) return [];
        return owned.map((topicPartition, index) => {
          const { topic, partition } = topicPartition;
          const position = this.#startOf(topicPartition, stored[index] ?? null, watermarks.get(topic)?.[partition]);
          return { topic, partition, position };
        });
      } catch (error) {
        this.#log.warn({ group: this.#request.group, err: error }, 'positions cannot be loaded, trying again');
        await backoff.wait(signal);
      }
    }
    return [];
  }

  #startOf(topicPartition: TopicPartition, stored: number | null, watermarks: Watermarks | undefined): number {
    const known = stored ?? this.#lastRead.get(keyOfPartition(topicPartition));
    if (known !== undefined) return this.#tellOutside(topicPartition, known, watermarks) ?? known;
    const start = this.#starts.get(topicPartition.topic)?.[topicPartition.partition];
    if (this.#request.startAt === 'latest') return start?.high ?? watermarks?.high ?? 0;
    return Math.max(start?.low ?? 0, watermarks?.low ?? 0);
  }
}

function keyOfPartition({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
