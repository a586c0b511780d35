import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** An alert that came again although it had been answered with success. */
export interface RepeatedAlert {
  readonly id: string;
  /** When the one came that was answered first; epoch ms, as below. */
  readonly firstCameMs: number;
  readonly cameMs: number;
  /** Whether the store already said then that it had been delivered. */
  readonly wasRecorded: boolean;
}

/** A sender that a busy machine let stand still asks again when it has heard nothing for five seconds, for fifteen in all. */
const ASKED_AGAIN_MS = { least: 4_000, most: 30_000 };

/** Stands in for whoever gets alerts by webhook. */
export interface AlertReceiver {
  readonly url: string;
  /** By id of the alert: when the one came that was first answered with success, epoch ms. */
  readonly answered: ReadonlyMap<string, number>;
  readonly repeated: readonly RepeatedAlert[];
  /** Resolves when the next success has been sent, which the sender has then not recorded yet. */
  nextAnswer(): Promise<void>;
  close(): Promise<void>;
}

/** Takes `answerMs` for every answer, so that somebody who dies mostly dies with a delivery in hand. */
export async function openAlertReceiver(options: {
  readonly answerMs: number;
  /** Whether the delivery of this alert is finished, as the store has it. */
  readonly isRecorded: (alertId: string) => Promise<boolean>;
}): Promise<AlertReceiver> {
  const answered = new Map<string, number>();
  const repeated: RepeatedAlert[] = [];
  const answerWaiters: (() => void)[] = [];
  const server = createServer((request, response) => {
    const id = String(request.headers['idempotency-key']);
    const cameMs = Date.now();
    const receive = async (): Promise<void> => {
      const firstCameMs = answered.get(id);
      if (firstCameMs !== undefined) {
        repeated.push({ id, firstCameMs, cameMs, wasRecorded: await options.isRecorded(id) });
      }
      await delay(options.answerMs);
      response.end();
    };
    let isSenderGone = false;
    request.socket.once('end', () => {
      isSenderGone = true;
    });
    response.once('finish', () => {
      // An answer to somebody who has died or given up meanwhile reaches nobody.
      if (response.statusCode !== 200 || isSenderGone) return;
      if (!answered.has(id)) answered.set(id, cameMs);
      for (const resolve of answerWaiters.splice(0)) resolve();
    });
    request.resume();
    receive().catch(() => {
      response.statusCode = 503;
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    answered,
    repeated,
    nextAnswer: () => new Promise((resolve) => answerWaiters.push(resolve)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Those that break a promise: an alert whose delivery is not recorded yet comes again when its sender was killed after the
 * answer or did not hear it in time, and else never. `killedMs`: when senders were, epoch ms.
 */
export function unexplainedRepeats(
  repeated: readonly RepeatedAlert[],
  killedMs: readonly number[],
): readonly RepeatedAlert[] {
  return repeated.filter(({ firstCameMs, cameMs, wasRecorded }) => {
    const afterMs = cameMs - firstCameMs;
    const isAskedAgain = afterMs >= ASKED_AGAIN_MS.least && afterMs <= ASKED_AGAIN_MS.most;
    const isKilledBetween = killedMs.some((at) => at >= firstCameMs && at <= cameMs);
    return wasRecorded || !(isAskedAgain || isKilledBetween);
  });
}
