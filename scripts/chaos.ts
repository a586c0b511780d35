import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeChaosFeed } from '../src/testing/chaos/chaos-feed.ts';
import { CHAOS_SCENARIOS } from '../src/testing/chaos/chaos-scenarios.ts';
import { type ChaosRow, tableHead, tableLine } from '../src/testing/chaos/chaos-table.ts';
import { openChaosServers } from '../src/testing/chaos/open-chaos-servers.ts';
import { playScenario } from '../src/testing/chaos/play-scenario.ts';
import { ensureBuilt, projectRoot } from './ensure-built.ts';

const SEED = 20_260_713;
const FEED = { symbolCount: 100, minutes: 60, tradesPerMinute: 15, malformedCount: 500 };
const SHORT_FEED = { symbolCount: 100, minutes: 20, tradesPerMinute: 10, malformedCount: 100 };

const { values: flags, positionals } = parseArgs({
  options: { json: { type: 'string' }, short: { type: 'boolean', default: false } },
  allowPositionals: true,
});

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const names = CHAOS_SCENARIOS.map((scenario) => scenario.name);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) fail(`There is no scenario ${unknown.join(', ')}; there are ${names.join(', ')}.`);
const jarsDirectory = process.env['KAFKA_JARS'];
if (jarsDirectory === undefined || !existsSync(jarsDirectory)) {
  fail('Set KAFKA_JARS to a folder with the jars of Kafka: the broker is killed, so it must be one of our own.');
}

await ensureBuilt();
const folder = mkdtempSync(join(tmpdir(), 'tapedeck-chaos-'));
const servers = await openChaosServers({ folder, jarsDirectory });
const rows: ChaosRow[] = [];
const off: string[] = [];
try {
  const feed = await writeChaosFeed({ folder, seed: SEED, ...(flags.short ? SHORT_FEED : FEED) });
  const program = join(projectRoot, 'out/main/cli.mjs');
  const load = loadavg()[0]?.toFixed(1) ?? '';
  process.stdout.write(
    `seed ${String(SEED)}, ${String(feed.events.length)} events and ${String(feed.malformedCount)} malformed lines, ${String(availableParallelism())} cores, load ${load}\n${tableHead()}\n`,
  );
  let candles: ReadonlyMap<string, string> | null = null;
  // The first is what all others are compared with.
  const [undisturbed, ...others] = CHAOS_SCENARIOS;
  const chosen = others.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  for (const [index, scenario] of [undisturbed, ...chosen].entries()) {
    const reason = scenario.skipReason?.() ?? null;
    if (reason !== null) {
      process.stdout.write(`${scenario.name.padEnd(16)} skipped: ${reason}\n`);
      continue;
    }
    const options = { servers, feed, program, folder, seed: SEED + index, isShort: flags.short, candles };
    const played = await playScenario(scenario, options);
    candles ??= played.candles;
    rows.push(played.row);
    process.stdout.write(`${tableLine(played.row)}\n`);
    for (const problem of played.problems) {
      off.push(problem);
      process.stdout.write(`  OFF ${problem}\n`);
    }
  }
} finally {
  await servers.close();
}
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
if (off.length === 0) rmSync(folder, { recursive: true, force: true });
else process.stdout.write(`What the workers said is in ${folder}.\n`);
const kills = rows.reduce((sum, row) => sum + row.kills, 0);
process.stdout.write(`${String(rows.length)} scenarios, ${String(kills)} kills, ${String(off.length)} numbers off\n`);
process.exit(off.length === 0 ? 0 : 1);
