import { writeSync } from 'node:fs';
import { openInProcessLog } from '../bus/index.ts';
import { silentLog, systemClock } from '../market/index.ts';
import { sampleTrades } from './bus-events.ts';

/** A program to be killed: publishes trades for ever and says on stdout how many are acknowledged so far. */
const [directory = ''] = process.argv.slice(2);
const bus = await openInProcessLog({ directory, segmentBytes: 200_000, clock: systemClock, log: silentLog });
let published = 0;
let acknowledged = 0;

async function publishForEver(): Promise<void> {
  for (;;) {
    const count = 1 + ((published * 7919) % 90);
    const trades = sampleTrades(count, 'AAPL', published);
    published += count;
    await bus.publish('trades', trades);
    acknowledged += count;
    writeSync(1, `${acknowledged}\n`);
  }
}

// Several at a time, so that the kill falls into a group of publishes that share one write.
await Promise.all([publishForEver(), publishForEver(), publishForEver()]);
