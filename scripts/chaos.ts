import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeChaosFeed } from '../src/testing/chaos/chaos-feed.ts';
import { CHAOS_SCENARIOS } from '../src/testing/chaos/chaos-scenarios.ts';
import { brokenOffRow, type ChaosRow, tableHead, tableLine } from '../src/testing/chaos/chaos-table.ts';
import { openChaosServers } from '../src/testing/chaos/open-chaos-servers.ts';
import { type PlayedScenario, playScenario } from '../src/testing/chaos/play-scenario.ts';
import { sabotaged, unnoticedSabotage } from '../src/testing/chaos/sabotage-scenario.ts';
import type { Scenario } from '../src/testing/chaos/scenario.ts';
import { ensureBuilt, projectRoot } from './ensure-built.ts';

const SEED = 20_260_713;
const FEED = { symbolCount: 100, minutes: 60, tradesPerMinute: 15, malformedCount: 500 };
const SHORT_FEED = { symbolCount: 100, minutes: 20, tradesPerMinute: 10, malformedCount: 100 };
/** Scenarios mostly wait, for a group to miss a member or a pause to end: this many at a time, each with workers of its own. */
const LANES = 3;

const { values: flags, positionals } = parseArgs({
  options: {
    json: { type: 'string' },
    short: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    sabotage: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const names = CHAOS_SCENARIOS.map((scenario) => scenario.name);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) fail(`There is no scenario ${unknown.join(', ')}; there are ${names.join(', ')}.`);
if (flags.sabotage && positionals.length > 0) fail('--sabotage plays a scenario of its own and no other.');
const jarsDirectory = process.env['KAFKA_JARS'];
if (jarsDirectory === undefined || !existsSync(jarsDirectory)) {
  fail('Set KAFKA_JARS to a folder with the jars of Kafka: the broker is killed, so it must be one of our own.');
}

await ensureBuilt();
const folder = mkdtempSync(join(tmpdir(), 'tapedeck-chaos-'));
const servers = await openChaosServers({ folder, jarsDirectory });
const rows: ChaosRow[] = [];
try {
  const feed = await writeChaosFeed({ folder, seed: SEED, ...(flags.short ? SHORT_FEED : FEED) });
  const program = join(projectRoot, 'out/main/cli.mjs');
  const load = loadavg()[0]?.toFixed(1) ?? '';
  process.stdout.write(
    `seed ${String(SEED)}, ${String(feed.eventCount)} events and ${String(feed.malformedCount)} malformed lines, ${String(availableParallelism())} cores, load ${load}\n${tableHead()}\n`,
  );
  /** One that breaks off is a row like all others, so that it takes nobody's results with it. */
  const play = async (
    scenario: Scenario,
    candles: ReadonlyMap<string, string> | null,
  ): Promise<PlayedScenario['candles'] | null> => {
    const seed = SEED + names.indexOf(scenario.name);
    const options = { servers, feed, program, folder, seed, isShort: flags.short, doesKeep: flags.keep, candles };
    const played = await playScenario(scenario, options).catch((error: unknown) => ({
      row: brokenOffRow(scenario.name, feed.distinctCount, String(error)),
      candles: null,
      remarks: [],
    }));
    const { row } = played;
    rows.push(row);
    // Each time, because a run that is itself killed leaves then what it has found.
    if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
    process.stdout.write(`${tableLine(row)}\n`);
    for (const remark of played.remarks) process.stdout.write(`  ${remark}\n`);
    for (const problem of row.problems) process.stdout.write(`  OFF ${problem}\n`);
    return played.candles;
  };
  if (flags.sabotage) {
    await play(sabotaged, null);
    for (const row of rows) {
      for (const blindness of unnoticedSabotage(row, feed.malformedCount))
        process.stdout.write(`  BLIND ${blindness}\n`);
    }
  } else {
    const [undisturbed, ...others] = CHAOS_SCENARIOS;
    // Without them the others are held against the independent computation, as this one is.
    const candles = await play(undisturbed, null);
    const chosen = others.filter((scenario) => {
      if (positionals.length > 0 && !positionals.includes(scenario.name)) return false;
      const reason = scenario.skipReason?.() ?? null;
      if (reason !== null) process.stdout.write(`${scenario.name.padEnd(16)} skipped: ${reason}\n`);
      return reason === null;
    });
    const together = chosen.filter((scenario) => scenario.isPlayedAlone !== true);
    const lanes = Array.from({ length: LANES }, async () => {
      for (let next = together.shift(); next !== undefined; next = together.shift()) await play(next, candles);
    });
    await Promise.all(lanes);
    for (const scenario of chosen.filter(({ isPlayedAlone }) => isPlayedAlone === true)) await play(scenario, candles);
  }
} finally {
  await servers.close();
}
const off = rows.flatMap((row) => row.problems);
if (off.length === 0 && !flags.keep) rmSync(folder, { recursive: true, force: true });
else process.stdout.write(`What the workers said is in ${folder}.\n`);
const kills = rows.reduce((sum, row) => sum + row.kills, 0);
process.stdout.write(`${String(rows.length)} scenarios, ${String(kills)} kills, ${String(off.length)} numbers off\n`);
process.exit(off.length === 0 ? 0 : 1);
