import { join } from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import { mulberry32 } from '../pipeline-trades.ts';
import type { ChaosFeed } from './chaos-feed.ts';
import type { ChaosRow } from './chaos-table.ts';
import { missedLimits, offNumbers } from './judge-row.ts';
import type { ChaosServers, Scenario } from './scenario.ts';
import { differentCandles } from './stored-outcome.ts';
import { Workload } from './workload.ts';

export interface PlayOptions {
  readonly servers: ChaosServers;
  readonly feed: ChaosFeed;
  readonly program: string;
  readonly folder: string;
  readonly seed: number;
  readonly isShort: boolean;
  /** Whether what the workers said stays in `folder` although nothing is off. */
  readonly doesKeep: boolean;
  /** The candles of an undisturbed run; null for that run itself, which is held against an independent computation. */
  readonly candles: ReadonlyMap<string, string> | null;
}

export interface PlayedScenario {
  readonly row: ChaosRow;
  readonly candles: ReadonlyMap<string, string>;
  /** What is worth saying though nothing is off, a sentence each. */
  readonly remarks: readonly string[];
}

/** Plays one scenario on a database and topics of its own and counts what came of it. */
export async function playScenario(scenario: Scenario, options: PlayOptions): Promise<PlayedScenario> {
  const { servers, program, seed, isShort } = options;
  const folder = join(options.folder, scenario.name);
  await mkdir(folder, { recursive: true });
  const prepared = await scenario.prepare({ servers, isShort, random: mulberry32(seed), folder });
  const feed = prepared.workload.feed ?? options.feed;
  // With a feed of its own a scenario has no undisturbed run to be compared with.
  const candles = feed === options.feed ? options.candles : null;
  let isOff = true;
  try {
    const workload = await Workload.start({
      name: `chaos_${scenario.name.replaceAll('-', '_')}_${String(process.pid)}`,
      feed,
      program,
      folder: join(folder, 'workers'),
      servers: servers.addresses,
      ...prepared.workload,
    });
    try {
      if (prepared.workload.feedMs !== null) await workload.flows();
      const done = await prepared.disturb(workload);
      await workload.runToEnd();
      const further = await prepared.count?.(workload);
      const outcome = await workload.finish();
      const different = candles === null ? outcome.naiveDifferent : differentCandles(candles, outcome.candles);
      const { longestMs } = workload.meter;
      const counts = {
        scenario: scenario.name,
        kills: done.count,
        published: feed.distinctCount,
        stored: outcome.stored,
        lost: outcome.lost + (further?.lost ?? 0),
        duplicated: outcome.duplicated + (further?.duplicated ?? 0),
        candlesDifferent: different + (further?.candlesDifferent ?? 0),
        deadLetters: outcome.deadLetters,
        recoverySeconds: done.recoverySeconds ?? (longestMs === null ? null : Math.round(longestMs / 100) / 10),
        workedOffTimes: done.workedOffTimes ?? null,
        hotLagTimes: done.hotLagTimes ?? null,
      };
      // A short run shares its machine with others: it names a missed figure and goes on.
      const missed = missedLimits(counts, scenario.limits ?? {});
      const off = offNumbers(counts, feed.malformedCount + (done.deadLetters ?? 0));
      const problems = [...workload.problems, ...(further?.problems ?? []), ...off, ...(isShort ? [] : missed)];
      const remarks = [done.remark, further?.remark, ...(isShort ? missed : [])].filter(
        (remark) => remark !== undefined,
      );
      isOff = problems.length > 0;
      return { row: { ...counts, missedLimits: missed, problems }, candles: outcome.candles, remarks };
    } finally {
      await workload.close();
    }
  } finally {
    await prepared.close?.();
    if (!isOff && !options.doesKeep) await rm(folder, { recursive: true, force: true });
  }
}
