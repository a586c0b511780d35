import type { Alert } from '../market/index.ts';

export interface DeliveryResult {
  readonly isDelivered: boolean;
  /** For the log and the ledger of deliveries; holds no secret. */
  readonly detail: string;
  /** Whether a failure may pass by itself: the caller tries again within the time it has. */
  readonly isRetryable?: boolean;
}

/** One way to tell somebody about an alert. Never throws; a failure is a result. */
export interface Notifier {
  /** Unique per channel and target; `deliveries` is unique per alert and channel. */
  readonly channel: string;
  deliver(alert: Alert, signal: AbortSignal): Promise<DeliveryResult>;
}
