import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { TapedeckError } from '../market/index.ts';
import { openRemoteLine } from './attach/remote-line.ts';
import { connectionReason } from './connection-reason.ts';
import { httpPages } from './export/row-source.ts';
import { postToInstance } from './running-instance.ts';

test('whoever finds no TapeDeck at an address is told why', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
  await once(server, 'close');
  const refused = { code: 'connection-lost', userMessage: expect.stringMatching(/\(.*ECONNREFUSED.*\)/) as string };
  const lost = await new Promise<TapedeckError>((resolve) => {
    openRemoteLine({ url, token: 'token', line: 'frames', onMessage: () => undefined, onClose: resolve });
  });
  expect(lost).toMatchObject(refused);
  await expect(httpPages(url, 'token', null)('watchlists', {})).rejects.toMatchObject(refused);
  const { signal } = new AbortController();
  await expect(postToInstance({ url, token: 'token' }, '/copy', {}, signal)).rejects.toMatchObject(refused);
});

test('addresses that failed together have a code and no text', () => {
  const failed = Object.assign(new AggregateError([new Error('::1'), new Error('127.0.0.1')]), {
    code: 'ECONNREFUSED',
  });
  expect(connectionReason(failed)).toBe(' (ECONNREFUSED)');
});
