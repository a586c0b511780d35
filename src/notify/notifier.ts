import type { Alert } from '../market/index.ts';

export interface DeliveryResult {
  readonly isDelivered: boolean;
  readonly detail: string;
}

/** One way to tell somebody about an alert. Never throws; a failure is a result. */
export interface Notifier {
  /** Unique per channel and target; `deliveries` is unique per alert and channel. */
  readonly channel: string;
  deliver(alert: Alert, signal: AbortSignal): Promise<DeliveryResult>;
}
