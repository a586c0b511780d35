import { connect, isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const IPV6 = /^\[([0-9a-fA-F:.]+)\]:(\d+)$/;
/** The way that Windows writes an IPv6 address where colons are not allowed. */
const LITERAL = '.ipv6-literal.net';
const KEEP_ALIVE_MS = 60_000;

/** kafkajs splits an address at its first colon: one in brackets gets a name without, which `connectBroker` undoes. */
export function kafkajsAddress(broker: string): string {
  const [, address, port] = IPV6.exec(broker) ?? [];
  return address === undefined ? broker : `${address.replaceAll(':', '-')}${LITERAL}:${port}`;
}

/** What kafkajs does by itself, except for the names of `kafkajsAddress`. */
export const connectBroker: ISocketFactory = ({ host: name, port, ssl, onConnect }) => {
  const host = name.endsWith(LITERAL) ? name.slice(0, -LITERAL.length).replaceAll('-', ':') : name;
  const serverName = isIP(host) === 0 ? { servername: host } : {};
  // Null where nothing is encrypted, which the declaration of kafkajs leaves out.
  const tls = ssl as ConnectionOptions | null;
  const socket =
    tls === null ? connect({ host, port }, onConnect) : connectTls({ host, port, ...serverName, ...tls }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
};
