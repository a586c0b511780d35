import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Alert, silentLog, systemClock, TapedeckError } from '../../market/index.ts';
import type { DeliveryResult, Notifier } from '../../notify/notifier.ts';
import type { Store } from '../../store/store.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { emptyBatch } from '../../testing/store-rows.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { Activity } from '../activity.ts';
import { ComponentBoard } from '../component-board.ts';
import { HealthRecorder } from '../health/health-recorder.ts';
import { ErrorReporter } from '../error-reporter.ts';
import { FlowControl } from '../flow-control.ts';
import type { RoleContext, RunningRole } from '../role-context.ts';
import { AlertDeliverer } from './alert-deliverer.ts';
import { startNotify } from './notify-role.ts';

const HOUR_MS = 3_600_000;

function alertNamed(id: string): Alert {
  return {
    id,
    ruleId: 'rule',
    symbol: 'AAPL',
    condition: { kind: 'price-above', price: 190 },
    timeMs: Date.UTC(2026, 6, 13, 14, 30),
    price: 190.12,
    value: 190.12,
    message: 'AAPL above 190.00: 190.12',
  };
}

class AnsweringNotifier implements Notifier {
  readonly channel: string;
  readonly told: string[] = [];
  readonly #answer: (signal: AbortSignal) => Promise<DeliveryResult>;

  constructor(channel: string, answer: (signal: AbortSignal) => Promise<DeliveryResult>) {
    this.channel = channel;
    this.#answer = answer;
  }

  deliver(alert: Alert, signal: AbortSignal): Promise<DeliveryResult> {
    this.told.push(alert.id);
    return this.#answer(signal);
  }
}

const delivering = (channel = 'test'): AnsweringNotifier =>
  new AnsweringNotifier(channel, () => Promise.resolve({ isDelivered: true, detail: '' }));
const silent = (): AnsweringNotifier => new AnsweringNotifier('silent', () => new Promise(() => undefined));

let fixture: PipelineFixture;
let nowMs: number;
let roles: RunningRole[];

beforeAll(async () => {
  fixture = await PipelineFixture.open();
}, 60_000);

afterAll(() => fixture.close());

beforeEach(() => {
  nowMs = Date.UTC(2026, 6, 13, 15);
  roles = [];
});

afterEach(async () => {
  for (const role of roles) await role.close();
});

function contextOf(notifiers: readonly Notifier[], store: Store = fixture.store): RoleContext {
  const options = fixture.options({ notifiers, store });
  return {
    options,
    health: new HealthRecorder(options, systemClock),
    board: new ComponentBoard(systemClock),
    activity: new Activity(systemClock, new Set(['notify'])),
    errors: new ErrorReporter(options, silentLog),
    flow: new FlowControl(['notify']),
    wallClock: { now: () => nowMs },
    sharedClock: { now: () => nowMs },
    notify: () => undefined,
    log: silentLog,
  };
}

async function start(...notifiers: readonly Notifier[]): Promise<RunningRole> {
  const role = await startNotify(contextOf(notifiers));
  roles.push(role);
  return role;
}

const position = (): Promise<number | null> =>
  fixture.store.position({ clusterId: fixture.bus.clusterId, consumer: 'notify', topic: 'alerts', partition: 0 });

async function storeAlerts(...alerts: readonly Alert[]): Promise<void> {
  const position = { clusterId: `cluster-${alerts[0]?.id ?? ''}`, consumer: 'persist', topic: 'alerts', partition: 0 };
  await fixture.store.persist({ ...emptyBatch(position, null, 1), alerts });
}

test('delivers what a host had claimed when it died, although the position is past it', async () => {
  const alert = alertNamed('claimed');
  await storeAlerts(alert);
  await fixture.store.claimDelivery(alert.id, 'test', nowMs - 1_000);
  await fixture.bus.publish('alerts', [alert]);
  const before = delivering();
  const role = await start(before);
  await eventually('the position is past the alert', async () => (await position()) === 1);
  expect(before.told).toEqual([]);
  await role.close();

  nowMs += HOUR_MS;
  const after = delivering();
  await start(after);
  await eventually('the alert was delivered', () => after.told.length > 0);
  expect(after.told).toEqual(['claimed']);
});

test('leaves an alert that closing cut short to the next start', async () => {
  const interrupted = new AnsweringNotifier(
    'test',
    (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ isDelivered: false, detail: 'stopping' }));
      }),
  );
  const role = await start(interrupted);
  const before = await position();
  await fixture.bus.publish('alerts', [alertNamed('cut-1'), alertNamed('cut-2')]);
  await eventually('a delivery is under way', () => interrupted.told.length > 0);
  await role.close();
  expect(await position()).toBe(before);

  const after = delivering();
  await start(after);
  await eventually('both were delivered', () => after.told.length === 2);
  expect(after.told).toEqual(['cut-1', 'cut-2']);
});

test('hears out a receiver that has the alert when closing begins, and does not tell it again', async () => {
  let answer: (result: DeliveryResult) => void = () => undefined;
  const slow = new AnsweringNotifier('slow', () => new Promise((resolve) => (answer = resolve)));
  const closing = new AbortController();
  const alert = alertNamed('answered-while-closing');
  const delivery = new AlertDeliverer(contextOf([slow]), closing.signal).deliver([alert]);
  await eventually('it is under way', () => slow.told.length === 1);
  closing.abort();
  answer({ isDelivered: true, detail: '' });
  expect(await delivery).toBe(true);

  const next = delivering('slow');
  expect(await new AlertDeliverer(contextOf([next]), new AbortController().signal).deliver([alert])).toBe(true);
  expect(next.told).toEqual([]);
});

test('waits for the other channels when the store fails one, so that none is left without its alert', async () => {
  let hasFailed = false;
  const store = withMethods(fixture.store, {
    claimDelivery: async (alertId, channel, claimedMs) => {
      if (channel !== 'failing') return fixture.store.claimDelivery(alertId, channel, claimedMs);
      hasFailed = true;
      throw new TapedeckError('connection-lost', 'no database', { retryable: true });
    },
  });
  const hanging = silent();
  const closing = new AbortController();
  const context = contextOf([delivering('failing'), hanging], store);
  const alert = alertNamed('hung-beside-a-failure');
  const delivery = new AlertDeliverer(context, closing.signal, { closeGraceMs: 20 }).deliver([alert]);
  const isRefused = expect(delivery).rejects.toThrow('no database');
  await eventually('one has failed and the other is under way', () => hasFailed && hanging.told.length === 1);
  closing.abort();
  await isRefused;

  const next = delivering('silent');
  expect(await new AlertDeliverer(contextOf([next]), new AbortController().signal).deliver([alert])).toBe(true);
  expect(next.told).toEqual([alert.id]);
});

test('closes while both a new alert and an abandoned one hang, and leaves them to the next start', async () => {
  const abandoned = alertNamed('abandoned-and-hung');
  await storeAlerts(abandoned);
  await fixture.store.claimDelivery(abandoned.id, 'silent', nowMs - HOUR_MS);
  const hanging = silent();
  const role = await start(hanging);
  await fixture.bus.publish('alerts', [alertNamed('new-and-hung')]);
  await eventually('both are under way', () => hanging.told.length === 2);
  await role.close();

  nowMs += HOUR_MS;
  const after = delivering('silent');
  await start(after);
  await eventually('both were delivered', () => after.told.length === 2);
  expect(new Set(after.told)).toEqual(new Set(['abandoned-and-hung', 'new-and-hung']));
});

test('a channel that never answers holds up neither the close nor the other channels', async () => {
  const hanging = silent();
  const other = delivering('other');
  const role = await start(hanging, other);
  await fixture.bus.publish('alerts', [alertNamed('hung-1'), alertNamed('hung-2')]);
  await eventually('the other channel has both', () => other.told.length === 2);
  await role.close();
  expect(hanging.told).toEqual(['hung-1']);
});

test('gives a channel up that does not answer in time', async () => {
  const hanging = silent();
  const deliverer = new AlertDeliverer(contextOf([hanging]), new AbortController().signal, { timeoutMs: 20 });
  expect(await deliverer.deliver([alertNamed('late-1')])).toBe(true);
  expect((await fixture.store.errors({ fromMs: null, toMs: null, limit: 5 })).map((row) => row.message)).toContain(
    'no answer in time',
  );
});

test('lets a channel rest that was given up, and delivers what came meanwhile once it answers', async () => {
  let isUp = false;
  const result = { isDelivered: true, detail: '' };
  const channel = new AnsweringNotifier('resting', () =>
    isUp ? Promise.resolve(result) : new Promise(() => undefined),
  );
  const deliverer = new AlertDeliverer(contextOf([channel]), new AbortController().signal, { timeoutMs: 20 });
  const meanwhile = ['rest-2', 'rest-3'].map(alertNamed);
  await storeAlerts(alertNamed('rest-1'), ...meanwhile);
  expect(await deliverer.deliver([alertNamed('rest-1'), ...meanwhile])).toBe(true);
  expect(channel.told).toEqual(['rest-1']);

  nowMs += HOUR_MS;
  await deliverer.deliverAbandoned();
  expect(channel.told).toEqual(['rest-1', 'rest-2']);
  isUp = true;
  await deliverer.deliverAbandoned();
  expect(await deliverer.deliver([alertNamed('rest-4')])).toBe(true);
  expect(channel.told).toEqual(['rest-1', 'rest-2', 'rest-3', 'rest-4']);
});

test('does not take for abandoned what it has delivered itself and cannot write down yet', async () => {
  let isAway = true;
  const store = withMethods(fixture.store, {
    finishDelivery: async (...delivery) => {
      if (isAway) throw new TapedeckError('connection-lost', 'no database', { retryable: true });
      await fixture.store.finishDelivery(...delivery);
    },
  });
  const channel = delivering('unwritten');
  const deliverer = new AlertDeliverer(contextOf([channel], store), new AbortController().signal);
  const alert = alertNamed('unwritten-1');
  await storeAlerts(alert);
  const delivery = deliverer.deliver([alert]);
  await eventually('its receiver has it', () => channel.told.length === 1);
  nowMs += HOUR_MS;
  const abandoned = deliverer.deliverAbandoned();
  isAway = false;
  await Promise.all([delivery, abandoned]);
  await deliverer.deliverAbandoned();
  expect(channel.told).toEqual(['unwritten-1']);
});

test('tries again what may pass, and only that', async () => {
  const failing = (channel: string, isRetryable: boolean): AnsweringNotifier => {
    const answers = [{ isDelivered: false, detail: 'busy', isRetryable }];
    const answer = (): DeliveryResult => answers.shift() ?? { isDelivered: true, detail: '' };
    return new AnsweringNotifier(channel, () => Promise.resolve(answer()));
  };
  const passing = failing('passing', true);
  const lasting = failing('lasting', false);
  const deliverer = new AlertDeliverer(contextOf([passing, lasting]), new AbortController().signal);
  expect(await deliverer.deliver([alertNamed('retried-1')])).toBe(true);
  expect(passing.told).toEqual(['retried-1', 'retried-1']);
  expect(lasting.told).toEqual(['retried-1']);
});

test('a channel that throws is a failed delivery', async () => {
  const throwing = new AnsweringNotifier('throwing', () => Promise.reject(new Error('broken')));
  const deliverer = new AlertDeliverer(contextOf([throwing]), new AbortController().signal);
  expect(await deliverer.deliver([alertNamed('thrown-1')])).toBe(true);
  expect((await fixture.store.errors({ fromMs: null, toMs: null, limit: 5 })).map((row) => row.message)).toContain(
    'broken',
  );
});
