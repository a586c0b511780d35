import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeFrame } from '../../contract/index.ts';
import type { TapedeckError } from '../../market/index.ts';
import { startTestHost } from '../../testing/host-test-host.ts';
import type { TestHost } from '../../testing/host-test-host.ts';
import type { RequestClient } from '../request-router.ts';
import { openRemoteLine } from './remote-line.ts';

let running: TestHost;

beforeAll(async () => {
  running = await startTestHost();
}, 90_000);

afterAll(() => running?.close());

test('a screen’s port is carried to a host elsewhere', async () => {
  const { port1, port2 } = new MessageChannel();
  const line = openRemoteLine({
    url: running.url,
    token: running.token,
    line: 'requests',
    onMessage: (data) => port2.postMessage(data),
    onClose: () => port2.close(),
  });
  port2.on('message', (data: string | Uint8Array) => line.send(data));
  const client: RequestClient = createORPCClient(new RPCLink({ port: port1 }));
  port1.start();
  expect((await client.status()).dataset).toBe('mock');
  await expect(client.watchlists.remove({ id: 'none' })).rejects.toMatchObject({ data: { code: 'not-found' } });
  line.close();
});

test('frames arrive as they were sent', async () => {
  const frame = await new Promise<ArrayBuffer>((resolve) => {
    const line = openRemoteLine({
      url: running.url,
      token: running.token,
      line: 'frames',
      onMessage: (data) => {
        line.close();
        if (typeof data !== 'string') resolve(data);
      },
      onClose: () => undefined,
    });
    line.send(JSON.stringify({ type: 'watch', generation: 7, symbols: ['AAPL'], charts: [] }));
  });
  expect(decodeFrame(frame).generation).toBe(7);
});

test('a refused token says what to do', async () => {
  const reason = await new Promise<TapedeckError>((resolve) => {
    openRemoteLine({ url: running.url, token: 'wrong', line: 'frames', onMessage: () => undefined, onClose: resolve });
  });
  expect(reason).toMatchObject({ code: 'unauthorized', retryable: false });
});
