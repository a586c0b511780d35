import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { sandboxArguments } from '../../scripts/electron-runtime.ts';
import { type Benchmark, type BenchmarkResult, median } from '../../src/testing/benchmark.ts';
import { desktopArguments, desktopEnvironment, desktopSkipReason, electronExecutable } from '../e2e/desktop.ts';

const RUNS = 5;
const MAX_RATIO = 3;
const MAX_SECONDS = 6;

/** From the start of the process to the first price on the screen, in a data folder that was used before. */
export const startFirstCell: Benchmark = {
  name: 'start-first-cell',
  goal: `<= ${MAX_RATIO}x and <= ${MAX_SECONDS} s`,
  isMet: ({ value, baselineValue }) =>
    baselineValue !== null && value <= MAX_SECONDS && value <= MAX_RATIO * baselineValue,
  skipReason: desktopSkipReason,
  run: async (): Promise<BenchmarkResult> => {
    const folder = await mkdtemp(join(tmpdir(), 'tapedeck-bench-'));
    try {
      const empty = await writeEmptyApp(folder);
      const dataDir = join(folder, 'data');
      const subject: number[] = [];
      const baseline: number[] = [];
      // The first of each fills the caches and the data folder and is not counted.
      for (let run = -1; run < RUNS; run++) {
        const emptySeconds = await secondsUntil([...sandboxArguments(), empty], folder, '#cell');
        const firstCellSeconds = await secondsUntil(
          desktopArguments({ dataDir }),
          folder,
          '[data-symbol="AAPL"] [data-column="last"]',
        );
        if (run < 0) continue;
        baseline.push(emptySeconds);
        subject.push(firstCellSeconds);
      }
      const value = median(subject);
      const baselineValue = median(baseline);
      return {
        value,
        unit: 's',
        baseline: 'an empty Electron window with one cell',
        baselineValue,
        ratio: baselineValue / value,
        conditions:
          `built app, embedded stack, mock market, 15 symbols in the list, used data folder; median of ${RUNS}, in turn; ` +
          `${Math.min(...subject).toFixed(2)} to ${Math.max(...subject).toFixed(2)} s`,
      };
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

/** The least that Electron can do: a window, shown when it is ready, with a price that never changes. */
async function writeEmptyApp(folder: string): Promise<string> {
  const file = join(folder, 'empty.mjs');
  const page = 'data:text/html,<p id=cell>100.00';
  await writeFile(
    file,
    `import { app, BrowserWindow } from 'electron';
app.setPath('userData', ${JSON.stringify(join(folder, 'empty'))});
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1440, height: 900, show: false });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(${JSON.stringify(page)});
});
`,
  );
  return file;
}

/** Seconds from the start of the process until the cell shows a number. The debugger that looks is the same for both. */
async function secondsUntil(commandLine: readonly string[], dataDir: string, selector: string): Promise<number> {
  const startMs = performance.now();
  const child = spawn(electronExecutable(), ['--remote-debugging-port=0', ...commandLine], {
    cwd: dataDir,
    env: desktopEnvironment({ dataDir }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const browser = await chromium.connectOverCDP(await debuggerAddress(child));
    const context = browser.contexts()[0];
    if (context === undefined) throw new Error('the app has no page');
    const page: Page = context.pages()[0] ?? (await context.waitForEvent('page'));
    const cell = page.locator(selector).filter({ hasText: /\d/ }).first();
    await cell.waitFor({ timeout: 60_000 });
    return (performance.now() - startMs) / 1000;
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}

function debuggerAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
      const address = /DevTools listening on (ws:\S+)/.exec(stderr)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${stderr}`)));
  });
}
