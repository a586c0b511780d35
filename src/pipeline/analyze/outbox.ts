import type { Bus, TopicEvents } from '../../bus/bus.ts';

type OutputTopic = 'candles' | 'indicators' | 'alerts' | 'dead-letters';

/**
 * What has been computed and is not acknowledged yet. A failed publication leaves it here: the input has been consumed
 * already, so nobody would compute it again.
 */
export class Outbox {
  readonly #bus: Pick<Bus, 'publish'>;
  #waiting: { [K in OutputTopic]: TopicEvents[K][] } = nothing();

  constructor(bus: Pick<Bus, 'publish'>) {
    this.#bus = bus;
  }

  add<K extends OutputTopic>(topic: K, events: readonly TopicEvents[K][]): void {
    for (const event of events) this.#waiting[topic].push(event);
  }

  get isEmpty(): boolean {
    return Object.values(this.#waiting).every((events) => events.length === 0);
  }

  /** Resolves when all of it is acknowledged. Publishing a candle, indicator set or alert twice is harmless. */
  async publish(): Promise<void> {
    if (this.isEmpty) return;
    const sent = this.#waiting;
    this.#waiting = nothing();
    try {
      await Promise.all([
        this.#bus.publish('candles', sent.candles),
        this.#bus.publish('indicators', sent.indicators),
        this.#bus.publish('alerts', sent.alerts),
        this.#bus.publish('dead-letters', sent['dead-letters']),
      ]);
    } catch (cause) {
      const later = this.#waiting;
      this.#waiting = {
        candles: [...sent.candles, ...later.candles],
        indicators: [...sent.indicators, ...later.indicators],
        alerts: [...sent.alerts, ...later.alerts],
        'dead-letters': [...sent['dead-letters'], ...later['dead-letters']],
      };
      throw cause;
    }
  }
}

function nothing(): { [K in OutputTopic]: TopicEvents[K][] } {
  return { candles: [], indicators: [], alerts: [], 'dead-letters': [] };
}
