import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ConnectToHost, HostConnection, RequestsClient } from './host-connection.ts';

/** What the desktop's preload puts on the window; it has no other surface. */
export interface DesktopBridge {
  /** Asks for two fresh ports, which arrive as a `tapedeck-ports` message on this window. */
  connect(): void;
  readonly platform: string;
}

declare global {
  interface Window {
    readonly tapedeck?: DesktopBridge;
  }
}

/** Calls the listener when the desktop asks for a symbol on the screen. */
export function onShowSymbol(listener: (symbol: string) => void): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.source !== window || event.origin !== location.origin) return;
    const message = event.data as { readonly type?: unknown; readonly symbol?: unknown } | null;
    if (message?.type === 'tapedeck-show-symbol' && typeof message.symbol === 'string') listener(message.symbol);
  });
}

const PORTS_TIMEOUT_MS = 15_000;

/** Two message ports straight to the desktop's pipeline process. */
export function messagePortTransport(bridge: DesktopBridge): ConnectToHost {
  return async (signal) => {
    const [requests, frames] = await receivePorts(bridge, signal);
    let report: (reason: string) => void = () => undefined;
    const closed = new Promise<string>((resolve) => {
      report = resolve;
    });
    const close = (reason = 'The connection was closed.') => {
      requests.close();
      frames.close();
      report(reason);
    };
    const onGone = () => {
      report('The pipeline stopped and is being started again.');
      close();
    };
    requests.addEventListener('close', onGone, { once: true });
    frames.addEventListener('close', onGone, { once: true });
    signal.addEventListener('abort', () => close(), { once: true });
    return connection(requests, frames, closed, close);
  };
}

function connection(
  requests: MessagePort,
  frames: MessagePort,
  closed: Promise<string>,
  close: (reason?: string) => void,
): HostConnection {
  const client: RequestsClient = createORPCClient(new RPCLink({ port: requests }));
  requests.start();
  return {
    requests: client,
    frames: {
      send: (message) => frames.postMessage(message),
      onFrame: (listener) => {
        frames.onmessage = (event: MessageEvent<unknown>) => {
          const buffer = asArrayBuffer(event.data);
          if (buffer !== null) listener(buffer);
        };
        frames.start();
      },
    },
    closed,
    close,
  };
}

/** A host that can't transfer buffers may send a typed array; a copy of exactly its part is what the decoder wants. */
function asArrayBuffer(data: unknown): ArrayBuffer | null {
  if (data instanceof ArrayBuffer) return data;
  if (!(data instanceof Uint8Array)) return null;
  return data.slice().buffer;
}

function receivePorts(bridge: DesktopBridge, signal: AbortSignal): Promise<[MessagePort, MessagePort]> {
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      window.removeEventListener('message', onMessage);
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      finish();
      reject(new Error('The connection was given up.'));
    };
    const onMessage = (event: MessageEvent<unknown>) => {
      if (event.source !== window || event.origin !== location.origin) return;
      if ((event.data as { type?: unknown } | null)?.type !== 'tapedeck-ports') return;
      const [requests, frames] = event.ports;
      if (requests === undefined || frames === undefined) return;
      finish();
      resolve([requests, frames]);
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error('The pipeline is not answering yet.'));
    }, PORTS_TIMEOUT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    window.addEventListener('message', onMessage);
    bridge.connect();
  });
}
