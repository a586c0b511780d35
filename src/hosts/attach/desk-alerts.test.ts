import { expect, test } from 'vitest';
import type { ServerEvent } from '../../contract/index.ts';
import { type Alert, silentLog } from '../../market/index.ts';
import type { Desk, Role } from '../../pipeline/pipeline.ts';
import { DeskAlerts, type DeskAlertsOptions } from './desk-alerts.ts';

const alertNamed = (id: string, timeMs = Date.UTC(2026, 6, 13, 14, 30)): Alert => ({
  id,
  ruleId: 'rule-1',
  symbol: 'AAPL',
  condition: { kind: 'price-above', price: 190 },
  timeMs,
  price: 190.12,
  value: 190.12,
  message: 'AAPL above 190.00: 190.12',
});

/** A pipeline host whose desk comes, fires and goes as told; its history is newest first. */
class StandInHost {
  readonly config: DeskAlertsOptions['pipelineHost']['config'];
  history: Alert[] = [];
  failures = 0;
  #tellDesk: (desk: Desk | null) => void = () => undefined;
  #tellEvent: ((event: ServerEvent) => void) | null = null;

  constructor(...roles: readonly Role[]) {
    this.config = { roles: new Set(roles), dataset: 'live' } as unknown as typeof this.config;
  }

  readonly onDesk = (listener: (desk: Desk | null) => void): (() => void) => {
    this.#tellDesk = listener;
    return () => undefined;
  };

  open(): void {
    const desk: Pick<Desk, 'onEvent' | 'recentAlerts'> = {
      onEvent: (listener) => {
        this.#tellEvent = listener;
        return () => {
          this.#tellEvent = null;
        };
      },
      recentAlerts: () => {
        if (this.failures-- > 0) return Promise.reject(new Error('away'));
        return Promise.resolve([...this.history]);
      },
    };
    this.#tellDesk(desk as Desk);
  }

  closeDesk(): void {
    this.#tellDesk(null);
  }

  fire(alert: Alert): void {
    this.history.unshift(alert);
    this.#tellEvent?.({ type: 'alert', alert });
  }
}

function follow(host: StandInHost): { readonly told: string[]; readonly close: () => void } {
  const told: string[] = [];
  const alerts = new DeskAlerts({ pipelineHost: host, log: silentLog, onAlert: ({ id }) => told.push(id) });
  return { told, close: () => alerts.close() };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('tells what fires on a desk without the notify role, each once, and nothing of before', async () => {
  const host = new StandInHost('serve');
  host.history = [alertNamed('old')];
  const { told, close } = follow(host);
  host.open();
  await settled();
  host.fire(alertNamed('old'));
  host.fire(alertNamed('new'));
  host.fire(alertNamed('new'));
  expect(told).toEqual(['new']);
  close();
  host.fire(alertNamed('after the close'));
  expect(told).toEqual(['new']);
});

test('tells nothing where the notify role delivers', async () => {
  const host = new StandInHost('serve', 'notify');
  const { told, close } = follow(host);
  host.open();
  await settled();
  host.fire(alertNamed('new'));
  expect(told).toEqual([]);
  close();
});

test('tells what fired while the pipeline was away, oldest first', async () => {
  const host = new StandInHost('serve');
  const { told, close } = follow(host);
  host.open();
  await settled();
  host.closeDesk();
  host.fire(alertNamed('first'));
  host.fire(alertNamed('second'));
  host.open();
  await settled();
  expect(told).toEqual(['first', 'second']);
  close();
});

test('takes a bus read from its beginning for history, also what is older than the list', async () => {
  const host = new StandInHost('serve');
  host.history = Array.from({ length: 200 }, (_, index) => alertNamed(`listed-${index}`, 2_000 - index));
  const { told, close } = follow(host);
  host.open();
  await settled();
  host.fire(alertNamed('not listed any more', 1_000));
  host.fire(alertNamed('new', 3_000));
  expect(told).toEqual(['new']);
  close();
});

test('reads the history again when the store was away, and loses nothing that fired meanwhile', async () => {
  const host = new StandInHost('serve');
  host.history = [alertNamed('old')];
  host.failures = 1;
  const { told, close } = follow(host);
  host.open();
  await settled();
  const early = alertNamed('early');
  host.fire(early);
  host.history = host.history.filter((alert) => alert !== early);
  await expect.poll(() => told).toEqual(['early']);
  close();
});
