import type { ConsumeRequest, Consumption } from '../../bus/bus.ts';
import type { Role } from '../pipeline.ts';
import { RepeatingTask } from '../repeating-task.ts';
import type { RoleContext } from '../role-context.ts';

const READ_LAG_EVERY_MS = 5_000;

/** Consumes as the bus does, and keeps account of it: batches, owned partitions, and how many records are still to be read. */
export async function consumeMetered(context: RoleContext, role: Role, request: ConsumeRequest): Promise<Consumption> {
  const meter = context.health.role(role);
  const consumption = await context.options.bus.consume({
    ...request,
    onBatch: async (batch) => {
      const startedMs = performance.now();
      const outcome = await request.onBatch(batch);
      if (outcome.kind === 'done') meter.countBatch(batch.records.length, performance.now() - startedMs);
      return outcome;
    },
    onAssignment: (owned) => {
      meter.setOwned(owned);
      request.onAssignment?.(owned);
    },
  });
  const lagReport = new RepeatingTask(
    READ_LAG_EVERY_MS,
    async () => meter.setLag(await consumption.lag()),
    (error) => context.log.debug({ role, reason: error.message }, 'could not read the lag'),
  );
  lagReport.runSoon();
  return {
    lag: () => consumption.lag(),
    close: async () => {
      await lagReport.stop();
      await consumption.close();
      meter.setOwned([]);
    },
  };
}
