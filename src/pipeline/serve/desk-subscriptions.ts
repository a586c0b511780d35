import type { ControlMessage } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { chartClient } from '../chart-client.ts';
import { RepeatingTask } from '../repeating-task.ts';
import type { RoleContext } from '../role-context.ts';

const LEASE_MS = 60_000;
const RENEW_EVERY_MS = 20_000;

/** Leases what this desk watches and charts, so that whoever ingests streams it, and lets go of it on close. */
export class DeskSubscriptions {
  readonly #context: RoleContext;
  readonly #renewal: RepeatingTask;
  #watched: readonly string[] = [];
  #charted: readonly string[] = [];

  constructor(context: RoleContext) {
    this.#context = context;
    this.#renewal = new RepeatingTask(
      RENEW_EVERY_MS,
      () => this.#renew(),
      (error) =>
        context.errors.report({ scope: 'serve', error, outcome: 'retried', what: 'could not renew the subscriptions' }),
    );
  }

  async watch(symbols: readonly string[]): Promise<void> {
    this.#watched = [...new Set(symbols)];
    await this.#renew();
    await announce(this.#context, 'subscriptions-changed', this.#watched);
  }

  async chart(symbols: readonly string[]): Promise<void> {
    const charted = [...new Set(symbols)];
    if (charted.length === this.#charted.length && charted.every((symbol) => this.#charted.includes(symbol))) return;
    this.#charted = charted;
    await this.#renew();
    await announce(this.#context, 'subscriptions-changed', charted);
  }

  async close(): Promise<void> {
    await this.#renewal.stop();
    const { store, hostId } = this.#context.options;
    try {
      await store.dropSubscriptions(hostId);
      await store.dropSubscriptions(chartClient(hostId));
    } catch (cause) {
      this.#context.log.debug(
        { reason: TapedeckError.from(cause).message },
        'the subscriptions will run out by themselves',
      );
    }
  }

  async #renew(): Promise<void> {
    const { store, hostId } = this.#context.options;
    const untilMs = this.#context.sharedClock.now() + LEASE_MS;
    await store.renewSubscriptions(hostId, this.#watched, untilMs);
    await store.renewSubscriptions(chartClient(hostId), this.#charted, untilMs);
  }
}

/** The state itself is in the store already. */
export async function announce(
  context: RoleContext,
  kind: ControlMessage['kind'],
  symbols: readonly string[],
): Promise<void> {
  const { bus, clock, hostId } = context.options;
  await bus.publish('control', [{ kind, client: hostId, timeMs: clock.now(), symbols }]);
}
