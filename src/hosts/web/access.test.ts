import { request } from 'node:http';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ROW_COLUMNS, decodeFrame } from '../../contract/index.ts';
import { startTestHost } from '../../testing/host-test-host.ts';
import type { TestHost } from '../../testing/host-test-host.ts';
import type { RequestClient } from '../request-router.ts';
import { AccessControl } from './access-control.ts';

let running: TestHost;

beforeAll(async () => {
  running = await startTestHost();
}, 90_000);

afterAll(() => running?.close());

/** `fetch` would not send these headers as they are. */
function rawGet(path: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(running.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

function upgrade(path: string, headers: Record<string, string>, origin?: string): Promise<WebSocket | number> {
  const socket = new WebSocket(running.url.replace('http', 'ws') + path, {
    headers,
    ...(origin === undefined ? {} : { origin }),
  });
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('open', () => resolve(socket));
    socket.on('error', () => undefined);
  });
}

async function signIn(): Promise<string> {
  const response = await fetch(running.host.http?.newLink() ?? '', { redirect: 'manual' });
  expect(response.status).toBe(303);
  return response.headers.get('set-cookie') ?? '';
}

describe('the token', () => {
  test('is made on first use and readable by the owner alone', () => {
    expect(statSync(join(running.dataDir, 'token')).mode & 0o777).toBe(0o600);
  });

  test('is asked of programs', async () => {
    const response = await fetch(`${running.url}/api/v1/status`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect((await fetch(`${running.url}/metrics`)).status).toBe(401);
    const wrong = { headers: { authorization: 'Bearer wrong-token-wrong-token' } };
    expect((await fetch(`${running.url}/api/v1/status`, wrong)).status).toBe(401);
    expect((await running.get('/api/v1/status')).status).toBe(200);
  });

  test('never appears in the log', () => {
    expect(running.logLines.join('')).not.toContain(running.token);
  });
});

describe('the link for browsers', () => {
  test('is exchanged once for a cookie that scripts cannot read', async () => {
    const link = running.host.http?.newLink() ?? '';
    const first = await fetch(link, { redirect: 'manual' });
    expect([first.status, first.headers.get('location')]).toEqual([303, '/']);
    expect(first.headers.get('set-cookie')).toMatch(/^tapedeck_session=\S+; Path=\/; HttpOnly; SameSite=Strict/);
    const cookie = (first.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect((await fetch(`${running.url}/api/v1/status`, { headers: { cookie } })).status).toBe(200);
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401);
  });

  test('is not used up by whoever only asks what is there', async () => {
    const link = running.host.http?.newLink() ?? '';
    expect((await fetch(link, { method: 'HEAD', redirect: 'manual' })).headers.get('set-cookie')).toBeNull();
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(303);
  });

  test('leaves a browser signed in to a TapeDeck on another port, whose cookie has the same name', () => {
    const [one, other] = ['token-of-one-host', 'token-of-another'].map(
      (token) => new AccessControl(token, { now: () => 0 }),
    );
    const signIn = (access: AccessControl | undefined, cookies: string | undefined): string => {
      const session = access?.redeem(access.newLinkCode()) ?? '';
      return access?.sessionCookie(session, false, cookies).split(';')[0] ?? '';
    };
    const first = signIn(one, undefined);
    expect([one?.isSession(first), other?.isSession(first)]).toEqual([true, false]);
    const both = signIn(other, first);
    expect([one?.isSession(both), other?.isSession(both)]).toEqual([true, true]);
    let cookie = both;
    for (let restart = 0; restart < 50; restart++)
      cookie = signIn(new AccessControl('again-and-again', { now: () => 0 }), cookie);
    expect(cookie.length).toBeLessThan(500);
  });

  test('works for 60 seconds', () => {
    let nowMs = 0;
    const access = new AccessControl('some-token-of-length', { now: () => nowMs });
    const code = access.newLinkCode();
    nowMs = 60_000;
    expect(access.redeem(code)).toBeNull();
    const second = access.newLinkCode();
    nowMs = 119_999;
    expect(access.redeem(second)).not.toBeNull();
  });

  test('a browser without one gets a page that says how, and a new link is shown to the owner', async () => {
    const response = await fetch(running.url, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('A new link was just printed');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await fetch(running.links.at(-1) ?? '', { redirect: 'manual' })).status).toBe(303);
  });
});

describe('Host and Origin', () => {
  test('a name that is not ours is refused on HTTP', async () => {
    const authorization = `Bearer ${running.token}`;
    expect(await rawGet('/api/v1/status', { authorization, host: 'evil.example' })).toBe(403);
    expect(await rawGet('/healthz', { host: 'evil.example' })).toBe(403);
    expect(await rawGet('/api/v1/status', { authorization, host: 'localhost' })).toBe(200);
  });

  test('a page of another site is refused, on another port too', async () => {
    const authorization = `Bearer ${running.token}`;
    const host = new URL(running.url).host;
    expect(await rawGet('/api/v1/status', { authorization, host, origin: 'http://evil.example' })).toBe(403);
    expect(await rawGet('/api/v1/status', { authorization, host, origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await rawGet('/api/v1/status', { authorization, host, origin: running.url })).toBe(200);
  });

  test('both are checked on the upgrade, and a cookie needs an origin of ours', async () => {
    const cookie = (await signIn()).split(';')[0] ?? '';
    expect(await upgrade('/ws/requests', {})).toBe(401);
    expect(await upgrade('/ws/requests', { cookie }, 'http://evil.example')).toBe(403);
    expect(await upgrade('/ws/requests', { cookie, host: 'evil.example' }, running.url)).toBe(403);
    expect(await upgrade('/ws/requests', { cookie })).toBe(401);
    const socket = await upgrade('/ws/requests', { cookie }, running.url);
    expect(socket).toBeInstanceOf(WebSocket);
    (socket as WebSocket).close();
  });

  test('a refused upgrade gives the connection up, though the other side never does', async () => {
    const { hostname, port } = new URL(running.url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const upgradeHeaders = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    socket.write(`GET /ws/requests HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${upgradeHeaders}\r\n`);
    // A socket that is still read at the other end takes whatever is written.
    const writing = setInterval(() => socket.write('still here'), 20);
    await new Promise<void>((resolve) => {
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
    });
    clearInterval(writing);
    socket.destroy();
    expect(answer).toContain('401 Unauthorized');
  });
});

describe('the lines of a screen', () => {
  test('requests are answered, and a failure carries its code', async () => {
    const socket = (await upgrade('/ws/requests', { authorization: `Bearer ${running.token}` })) as WebSocket;
    const link = new RPCLink({ websocket: socket });
    const client: RequestClient = createORPCClient(link);
    expect((await client.watchlists.list()).map((each) => each.name)).toEqual(['Watchlist']);
    expect((await client.symbols.search({ query: 'AAPL', limit: 1 }))[0]?.symbol).toBe('AAPL');
    await expect(client.watchlists.remove({ id: 'none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { code: 'not-found', retryable: false },
    });
    await expect(client.symbols.find({ symbol: '<b>' })).rejects.toMatchObject({ data: { code: 'bad-input' } });
    const events = await client.events();
    expect((await events.next()).value).toMatchObject({ type: 'status' });
    await events.return?.();
    socket.close();
  });

  test('frames flow one at a time, the next after the acknowledgement', async () => {
    const socket = (await upgrade('/ws/frames', { authorization: `Bearer ${running.token}` })) as WebSocket;
    socket.binaryType = 'arraybuffer';
    const frames: ArrayBuffer[] = [];
    const nextFrame = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const frame = data as ArrayBuffer;
        frames.push(frame);
        const { sequence, rowCount } = decodeFrame(frame);
        if (rowCount > 0) resolve();
        else socket.send(JSON.stringify({ type: 'acknowledge', sequence, paintMs: 1 }));
      });
    });
    socket.send(JSON.stringify({ type: 'watch', generation: 1, symbols: ['AAPL', 'MSFT'], charts: [] }));
    await nextFrame;
    const { rows, rowCount } = decodeFrame(frames.at(-1) ?? new ArrayBuffer(0));
    expect(rows).toHaveLength(rowCount * ROW_COLUMNS.length);
    socket.close();
  });

  test('what is no message of the line ends it', async () => {
    const socket = (await upgrade('/ws/frames', { authorization: `Bearer ${running.token}` })) as WebSocket;
    const code = new Promise((resolve) => socket.on('close', resolve));
    socket.send('{"type":"watch"}');
    expect(await code).toBe(1003);
  });
});
