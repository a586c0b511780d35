import { expect, test } from 'vitest';
import type { Alert } from '../../src/market/index.ts';
import { MainClient } from './main-client.ts';
import type { PipelineToMain } from './messages.ts';
import { NativeNotifier } from './native-notifier.ts';

const ALERT: Alert = {
  id: 'alert',
  ruleId: 'rule',
  symbol: 'AAPL',
  condition: { kind: 'price-above', price: 190 },
  timeMs: Date.UTC(2026, 6, 13, 14, 30),
  price: 190.12,
  value: 190.12,
  message: 'AAPL above 190.00: 190.12',
};

test('ends with the signal when main never answers, and takes no notice of a late answer', async () => {
  const sent: PipelineToMain[] = [];
  const main = new MainClient((message) => sent.push(message));
  const ending = new AbortController();
  const delivery = new NativeNotifier(main, () => true).deliver(ALERT, ending.signal);
  expect(sent).toMatchObject([{ type: 'request', id: 1, request: { method: 'notify' } }]);
  ending.abort();
  expect(await delivery).toEqual({ isDelivered: false, detail: 'the system did not answer in time' });
  main.receive(1, { kind: 'delivery', result: { isDelivered: true, detail: 'shown' } });
});

test('passes on what main answers', async () => {
  const main = new MainClient((message) => {
    if (message.type !== 'request') return;
    queueMicrotask(() => {
      main.receive(message.id, { kind: 'delivery', result: { isDelivered: true, detail: 'shown' } });
    });
  });
  const { signal } = new AbortController();
  expect(await new NativeNotifier(main, () => true).deliver(ALERT, signal)).toMatchObject({ isDelivered: true });
});

test('asks nothing of main once it is switched off or stopping', async () => {
  const sent: PipelineToMain[] = [];
  const main = new MainClient((message) => sent.push(message));
  const { signal } = new AbortController();
  expect(await new NativeNotifier(main, () => false).deliver(ALERT, signal)).toMatchObject({ isDelivered: false });
  expect(await new NativeNotifier(main, () => true).deliver(ALERT, AbortSignal.abort())).toMatchObject({
    isDelivered: false,
  });
  expect(sent).toEqual([]);
});
