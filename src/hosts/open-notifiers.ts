import type { Notifier } from '../notify/notifier.ts';
import { WebhookNotifier } from '../notify/webhook-notifier.ts';
import type { Config } from './config/config.ts';

/** Every channel over which the `notify` role of this host delivers; `desktop` is the one that only Electron can offer. */
export function openNotifiers({ webhook, dataset }: Config, desktop: Notifier | null): readonly Notifier[] {
  const notifiers: Notifier[] = [];
  if (desktop !== null) notifiers.push(desktop);
  if (webhook !== null) notifiers.push(new WebhookNotifier({ ...webhook, dataset }));
  return notifiers;
}
