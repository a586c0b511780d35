import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { connectBroker, kafkajsAddress } from './broker-address.ts';

it('leaves names and IPv4 addresses as they are', () => {
  expect(['kafka-1.example:9092', '127.0.0.1:9'].map(kafkajsAddress)).toEqual(['kafka-1.example:9092', '127.0.0.1:9']);
});

it('reaches an IPv6 address through what kafkajs makes of it', async ({ skip }) => {
  const server = createServer((socket) => socket.end());
  const hasIpv6 = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(0, '::1', () => resolve(true));
  });
  if (!hasIpv6) skip('this machine has no IPv6');
  const { port: listening } = server.address() as AddressInfo;
  // As kafkajs takes an address apart.
  const [host = '', port] = kafkajsAddress(`[::1]:${listening}`).split(':');
  await new Promise<void>((onConnect, reject) => {
    const socket = connectBroker({ host, port: Number(port), ssl: null as never, onConnect });
    socket.once('error', reject);
    socket.resume();
  });
  server.close();
  await once(server, 'close');
});
