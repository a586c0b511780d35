import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { silentLog, systemClock } from '../../market/index.ts';
import { sampleTrade } from '../../testing/bus-events.ts';
import { openInProcessLog } from './in-process-log.ts';

const MANY = 20_000;

it('a batch that is given back again and again leaves the process to others meanwhile', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tapedeck-log-'));
  const bus = await openInProcessLog({ directory, partitionCount: 1, clock: systemClock, log: silentLog });
  let givenBack = 0;
  let isTaken = false;
  let haveOthersRun = false;
  const consumption = await bus.consume({
    group: 'notify',
    topics: ['trades'],
    startAt: 'earliest',
    isEphemeral: false,
    lingerMs: 0,
    maxBatchRecords: 10,
    loadPosition: () => Promise.resolve(null),
    onBatch: ({ firstOffset }) => {
      if (givenBack === 0) setImmediate(() => (haveOthersRun = true));
      isTaken = haveOthersRun || givenBack === MANY;
      if (isTaken) return Promise.resolve({ kind: 'done' });
      givenBack++;
      return Promise.resolve({ kind: 'seek', offset: firstOffset });
    },
  });
  await bus.publish('trades', [sampleTrade(1)]);
  await vi.waitFor(() => expect(isTaken).toBe(true));
  await consumption.close();
  await bus.close();
  await rm(directory, { recursive: true, force: true });
  expect(haveOthersRun).toBe(true);
  expect(givenBack).toBeLessThan(MANY);
});
