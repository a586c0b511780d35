import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../market/index.ts';
import { createAuthority, hasOpenssl } from '../../testing/kafka-certificates.ts';
import { PrometheusMetrics } from '../prometheus-metrics.ts';
import { AccessControl } from './access-control.ts';
import { type MetricsHost, type MetricsHostOptions, openMetricsHost } from './metrics-host.ts';
import { RequestOrigin } from './request-origin.ts';

const TOKEN = 'a-token-of-the-test';

function open(options: Pick<MetricsHostOptions, 'host' | 'tls'>): Promise<MetricsHost> {
  return openMetricsHost({
    ...options,
    port: 0,
    access: new AccessControl(TOKEN, systemClock),
    origin: new RequestOrigin(options.host, []),
    notReady: () => null,
    metrics: new PrometheusMetrics(),
  });
}

describe('figures on a port that others reach', () => {
  let host: MetricsHost;

  beforeEach(async () => {
    host = await open({ host: '0.0.0.0', tls: null });
  });

  afterEach(() => host.close());

  function statusOf(path: string, headers: Record<string, string> = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: host.port, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  }

  test('are for those with the token, however the address is written', async () => {
    const paths = ['/metrics', '/metrics?x=/healthz', '/%6Detrics', 'http://127.0.0.1/metrics', '//metrics'];
    for (const path of paths) expect(await statusOf(path)).toBe(401);
    expect(await statusOf('/metrics', { authorization: `Bearer ${TOKEN}` })).toBe(200);
  });

  test('say to everybody whether the host is well', async () => {
    expect(await statusOf('/healthz')).toBe(200);
    expect(await statusOf('/readyz?verbose')).toBe(200);
  });
});

describe('figures of a host with a certificate', () => {
  let folder: string;
  let tls: NonNullable<MetricsHostOptions['tls']>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-metrics-'));
    tls = { certificateFile: join(folder, 'server.crt'), keyFile: join(folder, 'server.key') };
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  test.skipIf(!hasOpenssl())(
    '(needs openssl) go over TLS where others reach them, and plain on this machine',
    async () => {
      const authority = createAuthority(folder, 'authority');
      authority.issue('server', 'IP:127.0.0.1');
      const ask = (send: typeof request, port: number, options: { ca?: string } = {}): Promise<number> =>
        new Promise((resolve, reject) => {
          const headers = { authorization: `Bearer ${TOKEN}` };
          send({ host: '127.0.0.1', port, path: '/metrics', headers, ...options }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          })
            .on('error', reject)
            .end();
        });
      const reachable = await open({ host: '0.0.0.0', tls });
      expect(await ask(secureRequest, reachable.port, { ca: authority.certificate })).toBe(200);
      await expect(ask(request, reachable.port)).rejects.toThrow();
      await reachable.close();
      const own = await open({ host: '127.0.0.1', tls });
      expect(await ask(request, own.port)).toBe(200);
      await own.close();
    },
  );

  test('are refused where the files are none', async () => {
    await expect(open({ host: '0.0.0.0', tls })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('TAPEDECK_TLS_CERT') as string,
    });
  });
});
