import { Notification } from 'electron';
import type { Alert, Log } from '../../src/market/index.ts';

export interface NativeNotificationsOptions {
  readonly iconPath: string;
  readonly log: Log;
  /** The user clicked the notification of this symbol's alert. */
  readonly onClick: (symbol: string) => void;
}

/** Shows alerts with the system's own notifications and keeps each alive until it is answered, else its click is lost. */
export class NativeNotifications {
  readonly #options: NativeNotificationsOptions;
  readonly #shown = new Set<Notification>();

  constructor(options: NativeNotificationsOptions) {
    this.#options = options;
  }

  /** Resolves with whether the system took it. */
  show(alert: Alert): Promise<{ readonly isDelivered: boolean; readonly detail: string }> {
    if (!Notification.isSupported()) {
      return Promise.resolve({ isDelivered: false, detail: 'notifications are not supported here' });
    }
    const notification = new Notification({
      title: `TapeDeck: ${alert.symbol}`,
      body: alert.message,
      icon: this.#options.iconPath,
    });
    this.#shown.add(notification);
    const forget = (): void => void this.#shown.delete(notification);
    notification.on('click', () => {
      forget();
      this.#options.onClick(alert.symbol);
    });
    notification.on('close', forget);
    return new Promise((resolve) => {
      notification.once('show', () => resolve({ isDelivered: true, detail: 'shown' }));
      notification.once('failed', (_event, error) => {
        forget();
        this.#options.log.warn({ error, alertId: alert.id }, 'The system refused a notification');
        resolve({ isDelivered: false, detail: error });
      });
      notification.show();
    });
  }

  close(): void {
    for (const notification of this.#shown) notification.close();
    this.#shown.clear();
  }
}
