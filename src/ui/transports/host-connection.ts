import type { ContractRouterClient } from '@orpc/contract';
import type { ClientMessage, Requests } from '../../contract/index.ts';

export type RequestsClient = ContractRouterClient<Requests>;

/** One live connection to a host, whatever carries it. Once closed it stays closed: reconnecting makes a new one. */
export interface HostConnection {
  readonly requests: RequestsClient;
  readonly frames: {
    send(message: ClientMessage): void;
    /** One listener at a time; the buffer is the listener's to keep. */
    onFrame(listener: (buffer: ArrayBuffer) => void): void;
  };
  /** Resolves, with a sentence for the user, when either side is gone, at once with that of `close`. Never rejects. */
  readonly closed: Promise<string>;
  close(reason?: string): void;
}

/** Opens a connection or rejects with an `Error` whose message is a sentence for the user. */
export type ConnectToHost = (signal: AbortSignal) => Promise<HostConnection>;
