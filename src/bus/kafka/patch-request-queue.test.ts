import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { describe, expect, it } from 'vitest';
import { patchRequestQueue } from './patch-request-queue.ts';

/** As kafkajs builds one for each connection. */
function createQueue(): RequestQueue {
  const log = { debug: () => undefined, warn: () => undefined };
  const Queue = RequestQueue as unknown as new (options: object) => RequestQueue;
  return new Queue({
    maxInFlightRequests: null,
    requestTimeout: 1000,
    clientId: 'test',
    broker: 'test:1',
    logger: log,
  });
}

describe("kafkajs' request queue", () => {
  it('sets no timer while nothing is pending', () => {
    patchRequestQueue();
    const queue = createQueue();
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('looks again once the broker no longer throttles', () => {
    patchRequestQueue();
    const queue = createQueue();
    queue.throttledUntil = Date.now() + 60_000;
    (queue.pending as unknown[]).push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    clearTimeout(queue.throttleCheckTimeoutId ?? undefined);
  });
});
