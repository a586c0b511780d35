import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConsumeRequest } from '../../bus/bus.ts';
import { CountedMetrics, eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { openPipeline } from '../open-pipeline.ts';

let fixture: PipelineFixture;

beforeEach(async () => {
  fixture = await PipelineFixture.open(2);
}, 60_000);

afterEach(() => fixture.close(), 60_000);

/** Which partitions each gauge speaks of. */
class PartitionGauges extends CountedMetrics {
  readonly partitions = new Map<string, Set<string>>();

  override gauge(name: string, labels: Readonly<Record<string, string>>): void {
    const { partition } = labels;
    if (partition === undefined) return;
    this.partitions.set(name, (this.partitions.get(name) ?? new Set()).add(partition));
  }

  override forget(name: string, { partition = '' }: Readonly<Record<string, string>>): void {
    this.partitions.get(name)?.delete(partition);
  }
}

test('says nothing more of a partition that another process has', { timeout: 60_000 }, async () => {
  const metrics = new PartitionGauges();
  let assign: ConsumeRequest['onAssignment'];
  const bus = withMethods(fixture.bus, {
    consume: (request) => {
      if (request.group === 'analyze') assign = request.onAssignment;
      return fixture.bus.consume(request);
    },
  });
  const pipeline = await openPipeline(fixture.options({ roles: new Set(['analyze']), bus, metrics }));
  const reported = () => metrics.partitions.get('checkpoint_bytes');
  await eventually('both have stored a checkpoint', () => reported()?.size === 2);

  assign?.([
    { topic: 'trades', partition: 1 },
    { topic: 'bars', partition: 1 },
  ]);
  for (const name of ['retained_prints', 'waiting_amendments', 'pending_rebuilds', 'checkpoint_bytes']) {
    expect([name, ...(metrics.partitions.get(name) ?? [])]).toEqual([name, '1']);
  }
  await pipeline.close();
});
