import { setTimeout as delay } from 'node:timers/promises';
import type { AlertRule } from '../../market/index.ts';
import { type AlertReceiver, openAlertReceiver, unexplainedRepeats } from './alert-receiver.ts';
import { FEED_MS_PER_KILL, killAtRandom } from './kill-scenarios.ts';
import type { FurtherCounts, Scenario } from './scenario.ts';
import { countRows } from './stored-outcome.ts';
import { TRADE_ROLES, type Workload } from './workload.ts';

const KILLS = 10;
const SHORT_KILLS = 2;
const ANSWER_MS = 10;
/** A claim whose owner died is given out again after two minutes, and looked for twice a minute. */
const DELIVERY_PATIENCE_MS = 300_000;

/** Of every symbol about one alert in two minutes of the market. */
const RULE: AlertRule = {
  id: '6f1c2f0e-3a52-4c8e-9a57-2f5f0f6d9b11',
  symbol: '*',
  condition: { kind: 'percent-change', percent: 0.1, windowMs: 60_000 },
  isEnabled: true,
  cooldownMs: 120_000,
  hysteresisPercent: 10,
  note: '',
  createdMs: 0,
  updatedMs: 0,
};

/**
 * Kills who delivers alerts. Each stored alert must reach its receiver, and one whose delivery is recorded never again: only who
 * dies between the receiver's answer and the record of it leaves an alert that comes twice, with the same key.
 */
export const killNotify: Scenario = {
  name: 'kill-notify',
  prepare: async ({ isShort, random }) => {
    const planned = isShort ? SHORT_KILLS : KILLS;
    let isRecorded: (alertId: string) => Promise<boolean> = () => Promise.resolve(false);
    const receiver = await openAlertReceiver({ answerMs: ANSWER_MS, isRecorded: (id) => isRecorded(id) });
    const reached: Readonly<Record<string, string>> = { TAPEDECK_WEBHOOK_URL: receiver.url };
    let killedMs: readonly number[] = [];
    return {
      workload: {
        feedMs: planned * FEED_MS_PER_KILL + 30_000,
        startedRoles: [...TRADE_ROLES, 'notify'],
        watched: { consumer: 'notify', topics: ['alerts'] },
        environmentOf: (role) => (role === 'notify' ? reached : {}),
        prepareDatabase: ({ store }) => store.saveAlertRule(RULE),
      },
      disturb: async (workload) => {
        isRecorded = (id) => wasDelivered(workload, id);
        killedMs = await killAtRandom(workload, {
          role: 'notify',
          planned,
          random,
          inTheMiddle: () => receiver.nextAnswer(),
        });
        return { count: killedMs.length };
      },
      count: async (workload) => {
        if (isShort) await letClaimsLapse(workload);
        return countDeliveries(workload, receiver, killedMs);
      },
      close: () => receiver.close(),
    };
  },
};

async function wasDelivered(workload: Workload, alertId: string): Promise<boolean> {
  return workload.administrate(async (client) => {
    const { rows } = await client.query(
      `SELECT FROM ${workload.schema}.deliveries WHERE alert_id = $1 AND finished IS NOT NULL`,
      [alertId],
    );
    return rows.length > 0;
  });
}

/** Spares a short run the two minutes: nobody works on a delivery while its claim is made older. */
async function letClaimsLapse(workload: Workload): Promise<void> {
  await workload.stopWorker('notify', 'SIGTERM');
  await workload.administrate((client) =>
    client.query(
      `UPDATE ${workload.schema}.deliveries SET claimed = claimed - interval '1 hour' WHERE finished IS NULL`,
    ),
  );
  workload.startWorker('notify', 'notify');
}

async function countDeliveries(
  workload: Workload,
  { answered, repeated }: AlertReceiver,
  killedMs: readonly number[],
): Promise<FurtherCounts> {
  const undelivered = `SELECT count(*) FROM ${workload.schema}.alerts WHERE NOT EXISTS (
    SELECT FROM ${workload.schema}.deliveries WHERE alert_id = alerts.id AND is_delivered)`;
  const countUndelivered = (): Promise<number> => workload.administrate((client) => countRows(client, undelivered));
  const deadlineMs = performance.now() + DELIVERY_PATIENCE_MS;
  let unrecorded = await countUndelivered();
  for (; unrecorded > 0 && performance.now() < deadlineMs; unrecorded = await countUndelivered()) await delay(500);
  const stored = await workload.administrate(async (client) => {
    const { rows } = await client.query<{ id: string }>(`SELECT id FROM ${workload.schema}.alerts`);
    return rows.map(({ id }) => id);
  });
  const unexplained = unexplainedRepeats(repeated, killedMs);
  return {
    lost: stored.filter((id) => !answered.has(id)).length,
    duplicated: unexplained.length,
    problems: [
      ...(stored.length === 0 ? ['no rule fired, so that nothing had to be delivered'] : []),
      ...(unrecorded === 0 ? [] : [`of ${String(unrecorded)} alerts no delivery is recorded`]),
      ...unexplained.map(
        ({ id, firstCameMs, cameMs, wasRecorded }) =>
          `alert ${id} came again after ${String(cameMs - firstCameMs)} ms, ${wasRecorded ? 'though its delivery was recorded' : 'and no kill explains it'}`,
      ),
    ],
    remark: `${String(stored.length)} alerts, ${String(repeated.length - unexplained.length)} told again because their sender died or stood still between the answer and its record`,
  };
}
