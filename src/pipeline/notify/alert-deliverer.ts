import { type Alert, TapedeckError } from '../../market/index.ts';
import type { DeliveryResult, Notifier } from '../../notify/notifier.ts';
import { pause } from '../../runtime/pause.ts';
import { backoffDelayMs, retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';

/** All attempts at one alert over one channel together. */
const DELIVERY_TIMEOUT_MS = 15_000;
/** What is on its way when closing begins: cut short at once, an alert that its receiver has would be sent again. */
const CLOSE_GRACE_MS = 3_000;
const MAX_ATTEMPTS = 4;
const MAX_ABANDONED = 200;
/** So long a channel that was given up holds up nobody: what comes meanwhile is tried among the abandoned. */
const REST_MS = 60_000;

/** What became of one alert over one channel; `not-ours` where somebody else has it in hand. */
type Outcome = 'delivered' | 'given-up' | 'put-off' | 'not-ours' | 'cut-short';

interface DeliveryTimings {
  readonly timeoutMs: number;
  readonly closeGraceMs: number;
}

/**
 * Delivers alerts over every channel. A claim in the store makes each alert and channel somebody's; a claim is finished with
 * its result, given back when closing cut the delivery short, or left to be found abandoned while its channel rests.
 */
export class AlertDeliverer {
  readonly #context: RoleContext;
  readonly #closing: AbortSignal;
  readonly #timings: DeliveryTimings;
  readonly #restsUntilMs = new Map<string, number>();
  /** Ours until their results are written down, however long the store is away and their claims look abandoned. */
  readonly #inHand = new Set<string>();

  constructor(context: RoleContext, closing: AbortSignal, timings: Partial<DeliveryTimings> = {}) {
    this.#context = context;
    this.#closing = closing;
    this.#timings = { timeoutMs: DELIVERY_TIMEOUT_MS, closeGraceMs: CLOSE_GRACE_MS, ...timings };
  }

  /** In order over each channel, the channels side by side. False when closing left something undelivered. */
  async deliver(alerts: readonly Alert[]): Promise<boolean> {
    const areDone = await this.#overEach((notifier) => this.#deliverOver(notifier, alerts));
    return areDone.every(Boolean);
  }

  /**
   * What a host claimed and never finished, because it died or its channel rested; its position may be past the alert by now.
   * Over each channel until one alert is given up: the others wait for the next call.
   */
  async deliverAbandoned(): Promise<void> {
    const { store } = this.#context.options;
    await this.#overEach(async (notifier) => {
      const alerts = await store.abandonedDeliveries(notifier.channel, this.#context.sharedClock.now(), MAX_ABANDONED);
      for (const alert of alerts) {
        const outcome = await this.#deliverOnce(alert, notifier, true);
        if (outcome === 'given-up' || outcome === 'cut-short') return;
      }
    });
  }

  /** One that fails waits for the others: read again beside them, the batch would take their claims for somebody else's. */
  async #overEach<T>(work: (notifier: Notifier) => Promise<T>): Promise<readonly T[]> {
    const running = this.#context.options.notifiers.map(work);
    await Promise.allSettled(running);
    return Promise.all(running);
  }

  async #deliverOver(notifier: Notifier, alerts: readonly Alert[]): Promise<boolean> {
    for (const alert of alerts) {
      const outcome = await this.#deliverOnce(alert, notifier);
      if (outcome === 'cut-short') return false;
    }
    return true;
  }

  #isResting({ channel }: Notifier): boolean {
    return this.#context.wallClock.now() < (this.#restsUntilMs.get(channel) ?? -Infinity);
  }

  async #deliverOnce(alert: Alert, notifier: Notifier, isAbandoned = false): Promise<Outcome> {
    const name = `${notifier.channel} ${alert.id}`;
    if (this.#inHand.has(name)) return 'not-ours';
    this.#inHand.add(name);
    try {
      return await this.#claimAndDeliver(alert, notifier, isAbandoned);
    } finally {
      this.#inHand.delete(name);
    }
  }

  async #claimAndDeliver(alert: Alert, notifier: Notifier, isAbandoned: boolean): Promise<Outcome> {
    const { sharedClock, wallClock, errors } = this.#context;
    const { store, metrics } = this.#context.options;
    const { channel } = notifier;
    if (this.#closing.aborted) return 'cut-short';
    if (!(await store.claimDelivery(alert.id, channel, sharedClock.now()))) return 'not-ours';
    if (!isAbandoned && this.#isResting(notifier)) return 'put-off';
    const result = await this.#attempt(alert, notifier);
    if (result === null) {
      // Nobody reads an abandoned alert again: its claim is all there is to find it by.
      if (!isAbandoned) await store.releaseDelivery(alert.id, channel);
      return 'cut-short';
    }
    metrics.count('deliveries_total', { channel, result: result.isDelivered ? 'delivered' : 'failed' });
    // A result that is not written down would be an abandoned claim, and the alert delivered again.
    await retry({
      work: () => store.finishDelivery(alert.id, channel, result, sharedClock.now()),
      signal: this.#closing,
      onFailure: (error) =>
        errors.report({
          scope: `notify:${channel}`,
          error,
          outcome: 'retried',
          what: 'a delivery is not stored yet',
          fields: { alertId: alert.id },
        }),
    });
    if (result.isDelivered) {
      this.#restsUntilMs.delete(channel);
      return 'delivered';
    }
    // A channel that refused at once costs the others no time.
    if (result.isRetryable !== false) this.#restsUntilMs.set(channel, wallClock.now() + REST_MS);
    errors.report({
      scope: `notify:${channel}`,
      error: new TapedeckError('internal', result.detail),
      outcome: 'gave-up',
      fields: { alertId: alert.id },
    });
    return 'given-up';
  }

  /** Null when closing came before a result. */
  async #attempt(alert: Alert, notifier: Notifier): Promise<DeliveryResult | null> {
    const { timeoutMs, closeGraceMs } = this.#timings;
    const ending = new AbortController();
    const lastAttempt = new AbortController();
    const end = (): void => {
      lastAttempt.abort();
      ending.abort();
    };
    const timers = [setTimeout(end, timeoutMs)];
    const onClosing = (): void => {
      lastAttempt.abort();
      timers.push(setTimeout(end, closeGraceMs));
    };
    this.#closing.addEventListener('abort', onClosing, { once: true });
    try {
      for (let attempt = 1; !this.#closing.aborted; attempt++) {
        const result = await answerOf(notifier, alert, ending.signal);
        if (result.isDelivered) return result;
        const goesOn = result.isRetryable === true && attempt < MAX_ATTEMPTS;
        if (goesOn && (await pause(backoffDelayMs(attempt), lastAttempt.signal))) continue;
        return this.#closing.aborted ? null : result;
      }
      return null;
    } finally {
      for (const timer of timers) clearTimeout(timer);
      this.#closing.removeEventListener('abort', onClosing);
    }
  }
}

/** What the channel says, or that it said nothing before the signal: one that does not heed it must not hold up the rest. */
async function answerOf(notifier: Notifier, alert: Alert, signal: AbortSignal): Promise<DeliveryResult> {
  let giveUp: () => void = () => undefined;
  const unanswered = new Promise<DeliveryResult>((resolve) => {
    giveUp = () => resolve({ isDelivered: false, detail: 'no answer in time' });
  });
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([notifier.deliver(alert, signal), unanswered]);
  } catch (error) {
    return { isDelivered: false, detail: TapedeckError.from(error).message };
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
