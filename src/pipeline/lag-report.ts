import type { Consumption } from '../bus/bus.ts';
import type { Role } from './pipeline.ts';
import { RepeatingTask } from './repeating-task.ts';
import type { RoleContext } from './role-context.ts';

const REPORT_EVERY_MS = 5_000;

/** How many records of each topic a role has yet to read. */
export function startLagReport(context: RoleContext, role: Role, consumption: Consumption): RepeatingTask {
  return new RepeatingTask(
    REPORT_EVERY_MS,
    async () => {
      const byTopic = new Map<string, number>();
      for (const { topic, position, endOffset } of await consumption.lag()) {
        byTopic.set(topic, (byTopic.get(topic) ?? 0) + Math.max(0, endOffset - position));
      }
      for (const [topic, lag] of byTopic) context.options.metrics.gauge('consumer_lag_records', { role, topic }, lag);
    },
    (error) => context.log.debug({ role, reason: error.message }, 'could not read the lag'),
  );
}
