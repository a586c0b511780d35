import { type Alert, TapedeckError } from '../../market/index.ts';
import type { DeliveryResult, Notifier } from '../../notify/notifier.ts';
import { pause } from '../../runtime/pause.ts';
import { backoffDelayMs, retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';

/** All attempts at one alert over one channel together. */
const DELIVERY_TIMEOUT_MS = 15_000;
const MAX_ATTEMPTS = 4;
const MAX_ABANDONED = 200;

/**
 * Delivers alerts over every channel. A claim in the store makes each alert and channel somebody's; a claim is finished with
 * its result, or given back when closing cut the delivery short.
 */
export class AlertDeliverer {
  readonly #context: RoleContext;
  readonly #closing: AbortSignal;
  readonly #timeoutMs: number;

  constructor(context: RoleContext, closing: AbortSignal, timeoutMs = DELIVERY_TIMEOUT_MS) {
    this.#context = context;
    this.#closing = closing;
    this.#timeoutMs = timeoutMs;
  }

  /** In order over each channel, the channels side by side. False when closing left something undelivered. */
  async deliver(alerts: readonly Alert[]): Promise<boolean> {
    const { notifiers } = this.#context.options;
    const areDone = await Promise.all(notifiers.map((notifier) => this.#deliverOver(notifier, alerts)));
    return areDone.every(Boolean);
  }

  /** What a host claimed and never finished, because it died; its position may be past the alert by now. */
  async deliverAbandoned(): Promise<void> {
    const { store, notifiers } = this.#context.options;
    for (const notifier of notifiers) {
      const alerts = await store.abandonedDeliveries(notifier.channel, this.#context.sharedClock.now(), MAX_ABANDONED);
      if (!(await this.#deliverOver(notifier, alerts))) return;
    }
  }

  async #deliverOver(notifier: Notifier, alerts: readonly Alert[]): Promise<boolean> {
    for (const alert of alerts) {
      if (!(await this.#deliverOnce(alert, notifier))) return false;
    }
    return true;
  }

  async #deliverOnce(alert: Alert, notifier: Notifier): Promise<boolean> {
    const { sharedClock, errors } = this.#context;
    const { store, metrics } = this.#context.options;
    const { channel } = notifier;
    if (this.#closing.aborted) return false;
    if (!(await store.claimDelivery(alert.id, channel, sharedClock.now()))) return true;
    const result = await this.#attempt(alert, notifier);
    if (result === null) {
      await store.releaseDelivery(alert.id, channel);
      return false;
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
    if (!result.isDelivered) {
      errors.report({
        scope: `notify:${channel}`,
        error: new TapedeckError('internal', result.detail),
        outcome: 'gave-up',
        fields: { alertId: alert.id },
      });
    }
    return true;
  }

  /** Null when closing came before a result. */
  async #attempt(alert: Alert, notifier: Notifier): Promise<DeliveryResult | null> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, this.#timeoutMs);
    this.#closing.addEventListener('abort', end, { once: true });
    try {
      for (let attempt = 1; ; attempt++) {
        const result = await answerOf(notifier, alert, ending.signal);
        if (result.isDelivered) return result;
        const goesOn = result.isRetryable === true && attempt < MAX_ATTEMPTS;
        if (goesOn && (await pause(backoffDelayMs(attempt), ending.signal))) continue;
        return this.#closing.aborted ? null : result;
      }
    } finally {
      clearTimeout(timer);
      this.#closing.removeEventListener('abort', end);
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
