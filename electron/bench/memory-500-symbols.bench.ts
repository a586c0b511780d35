import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { projectRoot } from '../../scripts/ensure-built.ts';
import { readUniverse } from '../../src/feeds/mock/universe.ts';
import type { Benchmark, BenchmarkResult } from '../../src/testing/benchmark.ts';
import { desktopEnvironment } from '../e2e/desktop.ts';
import { treeMegabytes } from './process-tree.ts';

const SYMBOLS = 500;
const WARM_UP_MS = 2 * 60_000;
const MEASURE_MS = 10 * 60_000;
const SAMPLE_MS = 5_000;
const MAX_MEGABYTES_PER_MINUTE = 1;

/** The web host with every role on the embedded stack: the whole of what runs for a day, without a browser's own moods. */
export const memory500Symbols: Benchmark = {
  name: 'memory-500-symbols',
  goal: `slope < ${MAX_MEGABYTES_PER_MINUTE} MB/min`,
  isMet: ({ value }) => value < MAX_MEGABYTES_PER_MINUTE,
  skipReason: () => (process.platform === 'linux' ? null : 'memory is read from /proc'),
  run: async (): Promise<BenchmarkResult> => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-bench-'));
    const symbols = readUniverse()
      .slice(0, SYMBOLS)
      .map(({ symbol }) => symbol);
    const host = spawn(
      process.execPath,
      [join(projectRoot, 'out/main/cli.mjs'), 'web', '--data-dir', dataDir, '--port', '0', '--symbols', symbols.join()],
      { cwd: dataDir, env: desktopEnvironment({ dataDir }), stdio: 'ignore' },
    );
    try {
      if (host.pid === undefined) throw new Error('the host did not start');
      await pause(WARM_UP_MS);
      const samples = await sampleMemory(host.pid);
      const total = samples.reduce((sum, { megabytes }) => sum + megabytes, 0) / samples.length;
      return {
        value: megabytesPerMinute(samples),
        unit: 'MB/min',
        baseline: null,
        baselineValue: null,
        ratio: null,
        conditions:
          `web host, all roles, embedded stack, ${symbols.length} mock symbols; least-squares slope of ${samples.length} samples over ` +
          `${MEASURE_MS / 60_000} minutes after ${WARM_UP_MS / 60_000}; ${total.toFixed(0)} MB on average (Pss of the process tree)`,
      };
    } finally {
      const exited = once(host, 'exit');
      host.kill('SIGTERM');
      await exited;
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

interface MemorySample {
  readonly minutes: number;
  readonly megabytes: number;
}

async function sampleMemory(pid: number): Promise<readonly MemorySample[]> {
  const samples: MemorySample[] = [];
  const startMs = performance.now();
  for (let passedMs = 0; passedMs < MEASURE_MS; passedMs = performance.now() - startMs) {
    samples.push({ minutes: passedMs / 60_000, megabytes: treeMegabytes(pid) });
    await pause(SAMPLE_MS);
  }
  return samples;
}

/** Slope of the line with the least squared distance from the samples. */
function megabytesPerMinute(samples: readonly MemorySample[]): number {
  const mean = (pick: (sample: MemorySample) => number): number =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const meanMinutes = mean(({ minutes }) => minutes);
  const meanMegabytes = mean(({ megabytes }) => megabytes);
  const covariance = mean(({ minutes, megabytes }) => (minutes - meanMinutes) * (megabytes - meanMegabytes));
  return covariance / mean(({ minutes }) => (minutes - meanMinutes) ** 2);
}
