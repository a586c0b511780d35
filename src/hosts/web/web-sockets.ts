import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Log } from '../../market/index.ts';
import type { Desk } from '../../pipeline/pipeline.ts';
import { parseClientMessage } from '../client-message.ts';
import { FrameRelay } from '../frame-relay.ts';
import type { RequestRouter } from '../request-router.ts';
import type { AccessControl } from './access-control.ts';
import type { RequestOrigin } from './request-origin.ts';

export interface WebSocketOptions {
  readonly server: Server;
  readonly access: AccessControl;
  readonly origin: RequestOrigin;
  readonly router: RequestRouter;
  readonly onDesk: (listener: (desk: Desk | null) => void) => () => void;
  readonly log: Log;
}

const MAX_REQUEST_BYTES = 6_000_000;
const MAX_MESSAGE_BYTES = 500_000;
const PING_MS = 20_000;
const GOODBYE_MS = 1_000;
const UNSUPPORTED_DATA = 1003;
const GOING_AWAY = 1001;

/** `/ws/requests` and `/ws/frames`, for those who may. Answers the function that closes every socket. */
export function openWebSockets(options: WebSocketOptions): () => Promise<void> {
  const handler = new RPCHandler(options.router);
  const requests = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_BYTES });
  const frames = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  requests.on('connection', (socket) => {
    keepAlive(socket, options.log);
    void handler.upgrade(socket, { context: {} });
  });
  frames.on('connection', (socket) => {
    keepAlive(socket, options.log);
    relayFrames(socket, options);
  });
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', (error) => options.log.debug({ error }, 'a connection failed while it was being upgraded'));
    const path = (request.url ?? '').split('?', 1)[0];
    const target = path === '/ws/requests' ? requests : path === '/ws/frames' ? frames : null;
    const refused = target === null ? '404 Not Found' : refusal(request, options);
    if (target === null || refused !== null) {
      // HTTP's timeouts do not watch it any more: who never hangs up would keep the socket, and hold up the end of the server.
      stream.once('finish', () => stream.destroy());
      stream.end(`HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    target.handleUpgrade(request, stream, head, (socket) => target.emit('connection', socket, request));
  };
  options.server.on('upgrade', onUpgrade);
  return async () => {
    options.server.off('upgrade', onUpgrade);
    await Promise.all([...requests.clients, ...frames.clients].map(sayGoodbye));
    requests.close();
    frames.close();
  };
}

/** A screen that does not answer the goodbye must not hold up the end. */
function sayGoodbye(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), GOODBYE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(GOING_AWAY, 'TapeDeck is stopping.');
  });
}

/** A cookie counts only together with the origin of one of our own pages; a token says by itself who asks. */
function refusal({ headers }: IncomingMessage, { access, origin }: WebSocketOptions): string | null {
  if (!origin.isHostAllowed(headers.host)) return '403 Forbidden';
  if (!origin.isOriginAllowed(headers.origin, headers.host)) return '403 Forbidden';
  if (access.isBearer(headers.authorization)) return null;
  if (headers.origin === undefined || !access.isSession(headers.cookie)) return '401 Unauthorized';
  return null;
}

function relayFrames(socket: WebSocket, options: WebSocketOptions): void {
  const relay = new FrameRelay(options.onDesk, (frame) => {
    if (socket.readyState === socket.OPEN) socket.send(frame);
  });
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? null : parseClientMessage((data as Buffer).toString('utf8'));
    if (message === null) socket.close(UNSUPPORTED_DATA, 'not a message of this line');
    else relay.receive(message);
  });
  socket.on('close', () => relay.close());
}

/** A screen that is gone without a word must not keep its session. */
function keepAlive(socket: WebSocket, log: Log): void {
  let isAlive = true;
  const timer = setInterval(() => {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
  }, PING_MS);
  socket.on('pong', () => {
    isAlive = true;
  });
  socket.on('error', (error) => log.debug({ error }, 'a screen connection failed'));
  socket.on('close', () => clearInterval(timer));
}
