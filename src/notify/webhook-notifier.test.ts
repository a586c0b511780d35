import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Alert } from '../market/index.ts';
import { isPrivateAddress } from './private-addresses.ts';
import { WebhookNotifier, type WebhookOptions } from './webhook-notifier.ts';

const ALERT: Alert = {
  id: 'alert-1',
  ruleId: 'rule-1',
  symbol: 'AAPL',
  condition: { kind: 'price-above', price: 190 },
  timeMs: Date.UTC(2026, 6, 13, 14, 30),
  price: 190.12,
  value: 190.12,
  message: 'AAPL above 190.00: 190.12',
};

let server: Server;
/** Null keeps the receiver silent. */
let status: number | null;
let received: {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}[];

beforeEach(async () => {
  status = 204;
  received = [];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ path: request.url, headers: request.headers, body });
      if (status !== null) response.writeHead(status, { location: '/elsewhere' }).end('thanks');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const port = (): number => (server.address() as AddressInfo).port;

function webhook(changes: Partial<WebhookOptions> = {}): WebhookNotifier {
  const url = `http://127.0.0.1:${port()}/hooks/very-secret?key=also-secret`;
  return new WebhookNotifier({ url, allowsPrivate: false, dataset: 'mock', ...changes });
}

const { signal } = new AbortController();

test('posts the alert as JSON, with its dataset and a key against repeats', async () => {
  expect(await webhook().deliver(ALERT, signal)).toMatchObject({ isDelivered: true });
  expect(received).toHaveLength(1);
  expect(received[0]?.path).toBe('/hooks/very-secret?key=also-secret');
  expect(received[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'alert-1' });
  const { timeMs: _timeMs, ...rest } = ALERT;
  expect(JSON.parse(received[0]?.body ?? '')).toEqual({
    type: 'alert',
    dataset: 'mock',
    time: '2026-07-13T14:30:00.000Z',
    ...rest,
  });
});

test.each([
  [200, true, false],
  [302, false, false],
  [400, false, false],
  [429, false, true],
  [503, false, true],
])('takes the answer %d for what it is, and follows no redirect', async (answer, isDelivered, isRetryable) => {
  status = answer;
  expect(await webhook().deliver(ALERT, signal)).toMatchObject({ isDelivered, isRetryable });
  expect(received).toHaveLength(1);
});

test('gives a silent receiver up after its time, to be tried again', async () => {
  status = null;
  expect(await webhook({ answerTimeoutMs: 30 }).deliver(ALERT, signal)).toEqual({
    isDelivered: false,
    isRetryable: true,
    detail: 'the receiver could not be reached: no answer in time',
  });
});

test('ends with its signal', async () => {
  status = null;
  const ending = new AbortController();
  const delivery = webhook().deliver(ALERT, ending.signal);
  await expect.poll(() => received).toHaveLength(1);
  ending.abort();
  expect(await delivery).toMatchObject({ isDelivered: false });
});

test('tells nobody the secret parts of its address', async () => {
  const unreachable = webhook({ url: 'http://127.0.0.1:1/very-secret?key=also-secret' });
  const { detail } = await unreachable.deliver(ALERT, signal);
  expect(`${unreachable.channel} ${detail}`).not.toContain('secret');
  expect(unreachable.channel).not.toBe(webhook({ url: 'http://127.0.0.1:1/other' }).channel);
});

test.each(['10.0.0.1', '169.254.169.254', '[fd00::1]', '[::ffff:192.168.1.1]'])(
  'does not post to %s unless private addresses are allowed',
  async (host) => {
    expect(await webhook({ url: `https://${host}/` }).deliver(ALERT, signal)).toMatchObject({
      isDelivered: false,
      isRetryable: false,
      detail: expect.stringContaining('TAPEDECK_WEBHOOK_ALLOW_PRIVATE') as string,
    });
  },
);

test('a name that leads to a private address is refused, and reached where that is allowed', async () => {
  const url = `http://receiver.example:${port()}/`;
  const lookUp: LookupFunction = (_name, _options, callback) => {
    callback(null, [{ address: '127.0.0.1', family: 4 }]);
  };
  const refused = await webhook({ url, lookUp }).deliver(ALERT, signal);
  expect(refused).toMatchObject({ isDelivered: false, isRetryable: false });
  expect(received).toEqual([]);
  expect(await webhook({ url, lookUp, allowsPrivate: true }).deliver(ALERT, signal)).toMatchObject({
    isDelivered: true,
  });
});

test('knows public addresses from private ones', () => {
  const addresses = [
    '8.8.8.8',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '172.15.0.1',
    '172.16.0.1',
    '::1',
    '::ffff:127.0.0.1',
  ];
  expect(addresses.filter(isPrivateAddress)).toEqual(['172.16.0.1', '::1', '::ffff:127.0.0.1']);
});
