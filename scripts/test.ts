import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHAOS_SCENARIOS } from '../src/testing/chaos/chaos-scenarios.ts';
import type { ChaosRow } from '../src/testing/chaos/chaos-table.ts';
import { findTimescaleServer } from '../src/testing/timescale-server.ts';
import { findElectron, hasDisplay } from './electron-runtime.ts';
import { ensureBuilt, projectRoot } from './ensure-built.ts';
import { startTestServices } from './services.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** No registry has TimescaleDB: the only tests that may be left out where otherwise nothing may be skipped. */
const TIMESCALE_TESTS = 'src/**/timescale.integration.test.ts';
const timescale = await findTimescaleServer(process.env);
const maySkip = process.env['TAPEDECK_TEST_NOTHING_SKIPPED'] === undefined;

const reportFolder = mkdtempSync(join(tmpdir(), 'tapedeck-test-'));

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--help'], { stdio: 'ignore' }).error === undefined;
}

/** A private display and message bus, so that windows and notifications reach nobody's desktop. */
function desktopWrapper(): readonly string[] | string {
  if (process.platform !== 'linux') return hasDisplay() ? [] : 'there is no display';
  if (isInstalled('xvfb-run') && isInstalled('dbus-run-session')) return ['dbus-run-session', '--', 'xvfb-run', '-a'];
  return 'xvfb-run and dbus-run-session are not installed';
}

async function runProjects(
  projects: readonly string[],
  environment: NodeJS.ProcessEnv,
  wrapper: readonly string[] = [],
): Promise<Counts> {
  const report = join(reportFolder, `${projects.join('-')}.json`);
  const command = [
    ...wrapper,
    process.execPath,
    join(projectRoot, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'scripts/vitest.config.ts',
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...projects.map((project) => `--project=${project}`),
    ...(timescale.dsn === null ? [`--exclude=${TIMESCALE_TESTS}`] : []),
    ...process.argv.slice(2),
  ];
  return countTests(report, await exitCodeOf(command, environment));
}

/** The short run of the bad days, on servers of its own; a scenario counts as a test, one that has no row skipped itself. */
async function runChaos(): Promise<Counts> {
  const report = join(reportFolder, 'chaos.json');
  const command = [process.execPath, '--import', 'tsx', join(projectRoot, 'scripts/chaos.ts'), '--short'];
  const exitCode = await exitCodeOf([...command, '--json', report], process.env);
  const rows = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as readonly ChaosRow[]) : [];
  const off = rows.filter((row) => row.problems.length > 0).length;
  const failed = exitCode === 0 ? off : Math.max(off, 1);
  return { passed: rows.length - off, failed, skipped: CHAOS_SCENARIOS.length - rows.length };
}

function exitCodeOf(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const [program = '', ...programArguments] = command;
  return new Promise((resolve) => {
    const child = spawn(program, programArguments, { cwd: projectRoot, stdio: 'inherit', env: environment });
    child.on('exit', (exitCode) => resolve(exitCode ?? 1));
    child.on('error', () => resolve(1));
  });
}

function countTests(report: string, exitCode: number): Counts {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    const failed = result['numFailedTests'] ?? 0;
    return {
      passed: result['numPassedTests'] ?? 0,
      failed: failed === 0 && exitCode !== 0 ? 1 : failed,
      skipped: result['numPendingTests'] ?? 0,
    };
  } catch (error) {
    process.stderr.write(`The test run left no report: ${String(error)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

await ensureBuilt();
const services = await startTestServices();
const environment = { ...process.env, ...services.environment };
const skipReasons = [...services.missing];
const counts: Counts[] = [];
try {
  counts.push(await runProjects(['unit', 'integration', 'browser'], environment));
  const electron = findElectron();
  const wrapper = desktopWrapper();
  if (electron === null) {
    skipReasons.push('Electron tests skipped: the Electron runtime is not installed (npx install-electron).');
  } else if (typeof wrapper === 'string') {
    skipReasons.push(`Electron tests skipped: ${wrapper}.`);
  } else {
    counts.push(await runProjects(['electron'], environment, wrapper));
  }
  if (process.env['TAPEDECK_TEST_CHAOS'] !== undefined) counts.push(await runChaos());
} finally {
  await services.close();
  rmSync(reportFolder, { recursive: true, force: true });
}
const sum = (pick: (count: Counts) => number): number => counts.reduce((total, count) => total + pick(count), 0);
if (timescale.dsn === null) process.stdout.write(`TimescaleDB tests skipped: ${timescale.missing}.\n`);
for (const reason of skipReasons) process.stdout.write(`${reason}\n`);
const skipped = sum((count) => count.skipped);
if (skipped > 0) process.stdout.write(`${skipped} single tests skipped, each with its reason above\n`);
process.stdout.write(`${sum((count) => count.passed)} passed, ${sum((count) => count.failed)} failed\n`);
const isWhole = maySkip || (skipped === 0 && skipReasons.length === 0);
if (!isWhole) process.stdout.write('Failed: here nothing may be skipped but the TimescaleDB tests\n');
process.exitCode = sum((count) => count.failed) === 0 && isWhole ? 0 : 1;
