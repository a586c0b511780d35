import { setMaxListeners } from 'node:events';
import type { Log } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import type { BusBatch, ConsumeRequest, TopicKind, TopicPartition } from '../bus.ts';
import type { KafkaAdmin, Watermarks } from './kafka-admin.ts';

export interface OwnedPosition extends TopicPartition {
  readonly position: number;
}

interface FoundPosition extends TopicPartition {
  readonly stored: number | null;
  readonly watermarks: Watermarks | undefined;
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
  #assignment = new AbortController();

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

  /** Aborts when the group or this consumer moves on; what was learnt under an assignment is void then. */
  get assignment(): AbortSignal {
    return this.#assignment.signal;
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

  /** A batch handed over under an assignment that is gone: should the partition be here again, it goes on behind it. */
  taken({ topic, partition, firstOffset, nextOffset }: BusBatch): void {
    const key = keyOfPartition({ topic, partition });
    if (this.#current.get(key)?.position === firstOffset)
      this.#current.set(key, { topic, partition, position: nextOffset });
    if ((this.#lastRead.get(key) ?? firstOffset) === firstOffset) this.#lastRead.set(key, nextOffset);
  }

  unassign(): void {
    this.#assignment.abort();
    this.#assignment = new AbortController();
    // Every partition whose batch is in hand listens.
    setMaxListeners(0, this.#assignment.signal);
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
    closing: AbortSignal,
    seek: (topicPartition: TopicPartition, position: number) => void,
  ): Promise<void> {
    const { assignment } = this;
    const backoff = new Backoff(BUS_BACKOFF);
    while (!closing.aborted && !assignment.aborted) {
      try {
        const found = await this.#lookUp(owned);
        if (assignment.aborted) return;
        for (const { topic, partition, stored, watermarks } of found) {
          const position = this.#startOf({ topic, partition }, stored, watermarks);
          this.#current.set(keyOfPartition({ topic, partition }), { topic, partition, position });
          seek({ topic, partition }, position);
        }
        return;
      } catch (error) {
        this.#log.warn({ group: this.#request.group, error }, 'positions cannot be loaded, trying again');
        await backoff.wait(closing);
      }
    }
  }

  async #lookUp(owned: readonly TopicPartition[]): Promise<readonly FoundPosition[]> {
    const kinds = [...new Set(owned.map(({ topic }) => topic))];
    const found = await Promise.all(
      kinds.map(async (kind) => [kind, await this.#admin.watermarks(this.#topicNames.get(kind) ?? kind)] as const),
    );
    const watermarks = new Map(found);
    const stored = await Promise.all(owned.map((topicPartition) => this.#request.loadPosition(topicPartition)));
    return owned.map(({ topic, partition }, index) => {
      return { topic, partition, stored: stored[index] ?? null, watermarks: watermarks.get(topic)?.[partition] };
    });
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
