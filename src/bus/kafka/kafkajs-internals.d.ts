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

declare module 'kafkajs/src/producer/groupMessagesPerPartition.js' {
  import type { Message } from 'kafkajs';

  export default function groupMessagesPerPartition(options: {
    readonly topic: string;
    readonly partitionMetadata: readonly object[];
    readonly messages: readonly Message[];
    readonly partitioner: (options: { readonly message: Message }) => number;
  }): Readonly<Record<number, readonly Message[]>>;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    writeBuffer(bytes: Buffer): this;
  }
}
