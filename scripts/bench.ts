import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark, BenchmarkResult } from '../src/testing/benchmark.ts';
import { ensureBuilt, projectRoot } from './ensure-built.ts';
import { startTestServices } from './services.ts';

interface Row extends BenchmarkResult {
  readonly name: string;
  readonly goal: string;
  readonly met: boolean;
}

function isBenchmark(value: unknown): value is Benchmark {
  return typeof value === 'object' && value !== null && 'run' in value && 'goal' in value;
}

async function loadBenchmarks(): Promise<readonly Benchmark[]> {
  const found: Benchmark[] = [];
  for (const folder of ['src', 'electron']) {
    const files = readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.bench.ts')).toSorted()) {
      const module = (await import(join(projectRoot, folder, file))) as Record<string, unknown>;
      found.push(...Object.values(module).filter(isBenchmark));
    }
  }
  return found;
}

const significant = (value: number): number => Number(value.toPrecision(4));

function printRow(row: Row): void {
  const compared =
    row.ratio === null || row.baselineValue === null
      ? ''
      : `, ${row.ratio.toFixed(2)}x of ${significant(row.baselineValue)} (${row.baseline})`;
  process.stdout.write(
    `${row.met ? 'met   ' : 'missed'} ${row.name}: ${significant(row.value)} ${row.unit}${compared}; goal ${row.goal}\n       ${row.conditions}\n`,
  );
}

const { values: flags, positionals } = parseArgs({
  options: { json: { type: 'string' }, list: { type: 'boolean' } },
  allowPositionals: true,
});

const benchmarks = (await loadBenchmarks()).filter(
  (benchmark) => positionals.length === 0 || positionals.includes(benchmark.name),
);
if (flags.list === true) {
  for (const benchmark of benchmarks) process.stdout.write(`${benchmark.name}  ${benchmark.goal}\n`);
} else {
  await ensureBuilt();
  const services = await startTestServices();
  Object.assign(process.env, services.environment);
  const rows: Row[] = [];
  const failed: string[] = [];
  try {
    for (const benchmark of benchmarks) {
      const reason = benchmark.skipReason();
      if (reason !== null) {
        process.stdout.write(`skipped ${benchmark.name}: ${reason}\n`);
        continue;
      }
      try {
        const result = await benchmark.run();
        const row = { name: benchmark.name, goal: benchmark.goal, met: benchmark.isMet(result), ...result };
        rows.push(row);
        printRow(row);
      } catch (error) {
        // Hours of figures of the others are worth more than an early end.
        failed.push(benchmark.name);
        process.stdout.write(`failed ${benchmark.name}: ${error instanceof Error ? error.stack : String(error)}\n`);
      }
    }
    if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
  } finally {
    await services.close();
  }
  if (failed.length > 0) process.stdout.write(`${String(failed.length)} failed: ${failed.join(', ')}\n`);
  process.exit(failed.length === 0 ? 0 : 1);
}
process.exit(0);
