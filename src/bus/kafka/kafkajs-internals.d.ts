declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** The part that `patch-request-queue.ts` replaces. */
  export default class RequestQueue {
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
    checkPendingRequests(): void;
  }
}

declare module 'kafkajs/src/producer/partitioners/default/murmur2.js' {
  export default function murmur2(key: string | Buffer): number;
}
