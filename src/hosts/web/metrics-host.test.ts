import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../market/index.ts';
import { PrometheusMetrics } from '../prometheus-metrics.ts';
import { AccessControl } from './access-control.ts';
import { type MetricsHost, openMetricsHost } from './metrics-host.ts';
import { RequestOrigin } from './request-origin.ts';

const TOKEN = 'a-token-of-the-test';

describe('figures on a port that others reach', () => {
  let host: MetricsHost;

  beforeEach(async () => {
    host = await openMetricsHost({
      host: '0.0.0.0',
      port: 0,
      access: new AccessControl(TOKEN, systemClock),
      origin: new RequestOrigin('0.0.0.0', []),
      notReady: () => null,
      metrics: new PrometheusMetrics(),
    });
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
