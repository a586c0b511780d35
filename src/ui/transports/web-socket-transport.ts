import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ConnectToHost, HostConnection, RequestsClient } from './host-connection.ts';

const NORMAL_CLOSURE = 1000;

/** Two sockets to the web host at `origin`: one for requests, one for market data. */
export function webSocketTransport(origin: string): ConnectToHost {
  return async (signal) => {
    const base = origin.replace(/^http/, 'ws');
    const requests = new WebSocket(`${base}/ws/requests`);
    const frames = new WebSocket(`${base}/ws/frames`);
    frames.binaryType = 'arraybuffer';
    let giveUp: (reason: string) => void = () => undefined;
    // A host that is gone without a word would never answer the goodbye.
    const givenUp = new Promise<string>((resolve) => {
      giveUp = resolve;
    });
    const shut = (reason = 'The connection was closed.') => {
      requests.close(NORMAL_CLOSURE);
      frames.close(NORMAL_CLOSURE);
      giveUp(reason);
    };
    signal.addEventListener('abort', () => shut(), { once: true });
    const closed = Promise.race([closing(requests), closing(frames), givenUp]);
    try {
      await Promise.race([
        Promise.all([opening(requests), opening(frames)]),
        closed.then(() => Promise.reject(new Error('refused'))),
      ]);
    } catch {
      shut();
      throw new Error(await whyRefused(origin));
    }
    void closed.then((reason) => shut(reason));
    return connection(requests, frames, closed, shut);
  };
}

function connection(
  requests: WebSocket,
  frames: WebSocket,
  closed: Promise<string>,
  close: (reason?: string) => void,
): HostConnection {
  const client: RequestsClient = createORPCClient(new RPCLink({ websocket: requests }));
  return {
    requests: client,
    frames: {
      send: (message) => {
        if (frames.readyState === WebSocket.OPEN) frames.send(JSON.stringify(message));
      },
      onFrame: (listener) => {
        frames.onmessage = (event: MessageEvent<unknown>) => {
          if (event.data instanceof ArrayBuffer) listener(event.data);
        };
      },
    },
    closed,
    close,
  };
}

function opening(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.addEventListener('open', () => resolve(), { once: true });
  });
}

function closing(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.addEventListener('close', (event) => resolve(event.reason || 'The host went away.'), { once: true });
  });
}

/** A refused upgrade tells the page nothing, so the same door is tried once over HTTP. */
async function whyRefused(origin: string): Promise<string> {
  try {
    const response = await fetch(`${origin}/api/v1/status`, { credentials: 'same-origin' });
    if (response.status === 401 || response.status === 403) {
      return 'This browser is not signed in. Open the link that the host printed at its start, or restart it for a new one.';
    }
    return 'The host answers, but refuses the live connection.';
  } catch {
    return `No host answers at ${origin}.`;
  }
}
