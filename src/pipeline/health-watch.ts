import { TapedeckError } from '../market/index.ts';
import { RepeatingTask } from './repeating-task.ts';
import type { RoleContext } from './role-context.ts';
import type { SessionClock } from './session-clock.ts';

const BUS_EVERY_MS = 1_000;
const STORE_EVERY_MS = 10_000;

/** Keeps the board's view of bus and store, and what only the store knows, up to date. */
export async function startHealthWatch(
  context: RoleContext,
  sessionClock: SessionClock,
): Promise<{ stop(): Promise<void> }> {
  const { bus, store } = context.options;
  const readBus = (): Promise<void> => {
    if (!bus.state.isConnected && context.board.get('bus')?.state === 'ok') {
      const error = new TapedeckError('connection-lost', bus.state.detail, { retryable: true });
      context.errors.report({ scope: 'bus', error, outcome: 'reconnected', what: 'the bus is away' });
    }
    context.board.set('bus', bus.state.isConnected ? 'ok' : 'down', bus.state.detail);
    return Promise.resolve();
  };
  const readStore = async (): Promise<void> => {
    const status = await store.status();
    context.board.set('store', status.isReachable ? 'ok' : 'down', status.detail);
    context.activity.openGaps = await store.countOpenGaps();
    context.activity.setDeadLetters(await store.countDeadLetters());
    if (status.sizeBytes !== null) context.options.metrics.gauge('store_size_bytes', {}, status.sizeBytes);
    await sessionClock.refresh();
  };
  await readBus();
  context.activity.setDeadLetters(await store.countDeadLetters());
  const busTask = new RepeatingTask(BUS_EVERY_MS, readBus, (error) =>
    context.errors.report({ scope: 'bus', error, outcome: 'retried', what: 'cannot read the state of the bus' }),
  );
  const storeTask = new RepeatingTask(STORE_EVERY_MS, readStore, (error) => {
    context.errors.report({ scope: 'store', error, outcome: 'reconnected', what: 'the store does not answer' });
    context.board.set('store', 'down', error.userMessage);
  });
  // Not awaited: it takes as long as all roles take to start.
  storeTask.runSoon();
  return {
    stop: async () => {
      await Promise.all([busTask.stop(), storeTask.stop()]);
    },
  };
}
