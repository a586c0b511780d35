import { expect, test } from 'vitest';
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
