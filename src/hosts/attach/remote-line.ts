import { WebSocket } from 'ws';
import { TapedeckError } from '../../market/index.ts';
import { connectionReason } from '../connection-reason.ts';

export interface RemoteLineOptions {
  /** Address of a running web host, without a path. */
  readonly url: string;
  readonly token: string;
  readonly line: 'requests' | 'frames';
  /** Text of the requests line, bytes of either; the buffer is the receiver's own. */
  readonly onMessage: (data: string | ArrayBuffer) => void;
  /** Once, when the line is over; the error says for the user why. */
  readonly onClose: (reason: TapedeckError) => void;
}

export interface RemoteLine {
  /** Kept until the line stands. */
  send(data: string | ArrayBufferView | ArrayBuffer): void;
  close(): void;
  /** Ends it at once: a host that no longer answers would not answer the goodbye either. */
  drop(): void;
}

/** One of the two lines that a screen has to its host, carried to a host elsewhere: what goes in comes out there as it is. */
export function openRemoteLine(options: RemoteLineOptions): RemoteLine {
  const address = `${options.url.replace(/^http/, 'ws').replace(/\/$/, '')}/ws/${options.line}`;
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${options.token}` } });
  socket.binaryType = 'arraybuffer';
  const waiting: (string | ArrayBufferView | ArrayBuffer)[] = [];
  let reason: TapedeckError | null = null;
  socket.on('open', () => {
    for (const data of waiting.splice(0)) socket.send(data);
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary) options.onMessage(data as ArrayBuffer);
    else options.onMessage(Buffer.from(data as ArrayBuffer).toString('utf8'));
  });
  socket.on('unexpected-response', (_request, response) => {
    reason = refusedError(options.url, response.statusCode ?? 0);
    socket.terminate();
  });
  socket.on('error', (error) => {
    reason ??= lostError(options.url, error);
  });
  socket.on('close', () => options.onClose(reason ?? lostError(options.url, null)));
  return {
    send: (data) => {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(data);
      else if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    close: () => socket.close(),
    drop: () => socket.terminate(),
  };
}

function refusedError(url: string, status: number): TapedeckError {
  const isToken = status === 401;
  return new TapedeckError(isToken ? 'unauthorized' : 'connection-lost', `${url} answered ${status}`, {
    retryable: !isToken,
    userMessage: isToken
      ? `The TapeDeck at ${url} does not accept this token: set TAPEDECK_TOKEN to the one it runs with.`
      : `The TapeDeck at ${url} refuses the connection (${status}).`,
  });
}

function lostError(url: string, cause: unknown): TapedeckError {
  return new TapedeckError('connection-lost', `no connection to ${url}`, {
    retryable: true,
    userMessage: `There is no connection to the TapeDeck at ${url}${connectionReason(cause)}.`,
    cause,
  });
}
