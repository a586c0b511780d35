import { hostname } from 'node:os';
import type { Alert } from '../../src/market/index.ts';
import type { DeliveryResult, Notifier } from '../../src/notify/notifier.ts';
import type { MainClient } from './main-client.ts';

/** Hands alerts to main, which alone can show a system notification; switched off in Settings it delivers nothing. */
export class NativeNotifier implements Notifier {
  readonly channel = `native:${hostname()}`;
  readonly #main: MainClient;
  readonly #isEnabled: () => boolean;

  constructor(main: MainClient, isEnabled: () => boolean) {
    this.#main = main;
    this.#isEnabled = isEnabled;
  }

  async deliver(alert: Alert, signal: AbortSignal): Promise<DeliveryResult> {
    if (!this.#isEnabled()) return { isDelivered: false, detail: 'switched off in Settings' };
    const answer = await this.#main.ask({ method: 'notify', alert }, signal);
    if (answer === null) return { isDelivered: false, detail: 'the system did not answer in time' };
    return answer.kind === 'delivery' ? answer.result : { isDelivered: false, detail: 'main did not deliver it' };
  }
}
