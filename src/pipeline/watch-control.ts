import type { ControlMessage } from '../market/index.ts';
import type { Role } from './pipeline.ts';
import type { RoleContext, RunningRole } from './role-context.ts';

/** Hears what changed from now on; whoever starts reads the shared state from the store first. */
export async function watchControl(
  context: RoleContext,
  role: Role,
  onMessage: (message: ControlMessage) => void,
): Promise<RunningRole> {
  const { bus, hostId } = context.options;
  const consumption = await bus.consume({
    group: `${role}-control-${hostId}`,
    topics: ['control'],
    startAt: 'latest',
    isEphemeral: true,
    lingerMs: 0,
    maxBatchRecords: 100,
    loadPosition: () => Promise.resolve(null),
    onBatch: (batch) => {
      if (batch.topic === 'control') for (const record of batch.records) onMessage(record.event);
      return Promise.resolve({ kind: 'done' });
    },
  });
  return { close: () => consumption.close() };
}
