import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { os } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { silentLog } from '../../market/index.ts';
import type { Alert } from '../../market/index.ts';
import { startTestHost } from '../../testing/host-test-host.ts';
import { RemoteAlerts } from './remote-alerts.ts';

const alertNamed = (id: string): Alert => ({
  id,
  ruleId: 'rule-1',
  symbol: 'AAPL',
  condition: { kind: 'price-above', price: 190 },
  timeMs: Date.UTC(2026, 6, 13, 14, 30),
  price: 190.12,
  value: 190.12,
  message: 'AAPL above 190.00: 190.12',
});

test('tells each alert that fires elsewhere once', async () => {
  const running = await startTestHost({ args: ['--mock', 'faults=silence'] });
  const told: string[] = [];
  const alerts = new RemoteAlerts({
    url: running.url,
    token: running.token,
    log: silentLog,
    onAlert: ({ id }) => told.push(id),
  });
  try {
    const emit = (id: string): void => running.host.pipelineHost.emit({ type: 'alert', alert: alertNamed(id) });
    await expect
      .poll(
        () => {
          emit('first');
          return told;
        },
        { timeout: 15_000 },
      )
      .toEqual(['first']);
    emit('first');
    emit('second');
    await expect.poll(() => told, { timeout: 15_000 }).toEqual(['first', 'second']);
  } finally {
    await alerts.close();
    await running.close();
  }
}, 90_000);

/** A way to `url` whose connections can all go dead at once without being closed; later ones work. */
async function sleepyWay(url: string): Promise<{ readonly url: string; fallAsleep(): void; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const { hostname, port } = new URL(url);
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.pipe(far);
    far.pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fallAsleep: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

test('a line that went dead without a word is left for a new one', async () => {
  const running = await startTestHost({ args: ['--mock', 'faults=silence'] });
  const way = await sleepyWay(running.url);
  const told: string[] = [];
  const alerts = new RemoteAlerts({
    url: way.url,
    token: running.token,
    log: silentLog,
    onAlert: ({ id }) => told.push(id),
    silenceMs: 5_000,
  });
  const untilTold = (id: string): Promise<void> =>
    expect
      .poll(
        () => {
          running.host.pipelineHost.emit({ type: 'alert', alert: alertNamed(id) });
          return told;
        },
        { timeout: 60_000 },
      )
      .toContain(id);
  try {
    await untilTold('before');
    way.fallAsleep();
    await untilTold('after');
    expect(told).toEqual(['before', 'after']);
  } finally {
    await alerts.close();
    await way.close();
    await running.close();
  }
}, 200_000);

test('an alert whose line broke before it was told is told over the next', async () => {
  const alert = alertNamed('broken');
  let asked = 0;
  let hasFired = false;
  const handler = new RPCHandler({
    alerts: { list: os.handler(() => (hasFired ? [alert] : [])) },
    settings: {
      get: os.handler(() => {
        if (++asked === 1) throw new Error('the line broke');
        return { notifications: true };
      }),
    },
    events: os.handler(async function* () {
      yield { type: 'notice' };
      if (hasFired) return;
      hasFired = true;
      yield { type: 'alert', alert };
    }),
  });
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => void handler.upgrade(socket, { context: {} }));
  await once(server, 'listening');
  const told: string[] = [];
  const alerts = new RemoteAlerts({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'token',
    log: silentLog,
    onAlert: ({ id }) => told.push(id),
  });
  try {
    await expect.poll(() => told, { timeout: 15_000 }).toEqual(['broken']);
  } finally {
    await alerts.close();
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
}, 60_000);

test('a refused token is not tried again', async () => {
  const running = await startTestHost({ args: ['--mock', 'faults=silence'] });
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => void warnings.push(message) };
  const alerts = new RemoteAlerts({ url: running.url, token: 'wrong', log, onAlert: () => undefined });
  try {
    await expect.poll(() => warnings, { timeout: 15_000 }).toHaveLength(1);
    expect(warnings[0]).toContain('TAPEDECK_TOKEN');
  } finally {
    await alerts.close();
    await running.close();
  }
}, 90_000);
