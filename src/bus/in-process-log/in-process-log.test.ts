import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, systemClock } from '../../market/index.ts';
import { describeBusContract } from '../../testing/bus-contract.ts';
import { encodeBatch } from './batch-format.ts';
import { openInProcessLog } from './in-process-log.ts';
import { scanSegment, segmentBaseOffset } from './segment.ts';

describeBusContract('the log in the process', async (partitionCount) => {
  const directory = await mkdtemp(join(tmpdir(), 'tapedeck-log-'));
  return {
    open: () => openInProcessLog({ directory, partitionCount, clock: systemClock, log: silentLog }),
    publishRaw: async (topic, text) => {
      const folder = join(directory, `${topic}-0`);
      const [name = ''] = await readdir(folder);
      const { endOffset } = await scanSegment(join(folder, name), segmentBaseOffset(name) ?? 0);
      await writeFile(join(folder, name), Buffer.concat(encodeBatch(endOffset, [text])), { flag: 'a' });
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
});
