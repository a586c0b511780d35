import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const PENDING_CHECK_MS = 10;

/**
 * kafkajs 2.2.4 looks for pending requests once a millisecond for ever, and on newer Node warns of a negative timeout:
 * it computes the wait from a throttle that is not there. Look only while something is pending.
 */
export function patchRequestQueue(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleCheck(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const throttledMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledMs > 0 ? throttledMs : PENDING_CHECK_MS,
    );
  };
}
