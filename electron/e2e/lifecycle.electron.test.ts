import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/ensure-built.ts';
import { desktopEnvironment, desktopSkipReason, withDataFolder, type Desktop } from './desktop.ts';
import { chartCandles, eventually, row, seeListTick } from './terminal-page.ts';

const skipReason = desktopSkipReason();
const DRAIN_LIMIT_MS = 12_000;

const pipelinePid = (desktop: Desktop): Promise<number | undefined> =>
  desktop.app.evaluate(({ app }) => app.getAppMetrics().find(({ name }) => name === 'TapeDeck pipeline')?.pid);

describe.skipIf(skipReason !== null)(
  `the desktop's life${skipReason === null ? '' : ` (skipped: ${skipReason})`}`,
  () => {
    it('starts a killed pipeline again, says so and ticks on', () =>
      withDataFolder(async (_dataDir, open) => {
        const desktop = await open();
        await seeListTick(desktop.page);
        const pid = await pipelinePid(desktop);
        if (pid === undefined) expect.fail('there is no pipeline process');
        process.kill(pid, 'SIGKILL');
        await desktop.page.getByText('Offline.').waitFor();
        // Main answers while the pipeline is away.
        expect(await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
        await desktop.page.getByText(/pipeline stopped unexpectedly .* was started again/).waitFor({ timeout: 45_000 });
        await eventually(() => desktop.page.getByText('Offline.').count()).toBe(0);
        await seeListTick(desktop.page);
        const restarted = await pipelinePid(desktop);
        expect(restarted).toBeTypeOf('number');
        expect(restarted).not.toBe(pid);
      }));

    it.each(['quit', 'SIGTERM', 'Ctrl+C'] as const)('drains on %s, ends with 0 and finds its candles again', (way) =>
      withDataFolder(async (_dataDir, open) => {
        const first = await open();
        await seeListTick(first.page);
        await eventually(() => chartCandles(first.page).count()).toBeGreaterThan(40);
        const startedMs = performance.now();
        let exitCode: number | null;
        if (way === 'quit') {
          exitCode = await first.quit();
        } else {
          first.process.kill('SIGTERM');
          [exitCode] = (await once(first.process, 'exit')) as [number | null];
        }
        expect(exitCode).toBe(0);
        expect(performance.now() - startedMs).toBeLessThan(DRAIN_LIMIT_MS);
        expect(first.stderr()).not.toMatch(/FATAL|Failed to shutdown|Uncaught|Unhandled/);

        // A feed that says nothing: every candle on the chart was read from the store.
        const second = await open({ flags: ['--mock', 'faults=silence'] });
        await eventually(() => chartCandles(second.page).count()).toBeGreaterThan(40);
      }),
    );

    it('keeps running in the tray when its window is closed, and comes back from there', () =>
      withDataFolder(async (_dataDir, open) => {
        const { app, page, process: child } = await open();
        await row(page, 'AAPL').waitFor();
        await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
        const isVisible = () =>
          app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() ?? null);
        await eventually(isVisible).toBe(false);
        expect(child.exitCode).toBeNull();
        await app.evaluate(({ app: electronApp }) => electronApp.emit('activate'));
        await eventually(isVisible).toBe(true);
        await seeListTick(page);
      }));

    it('says who uses the data folder already', () =>
      withDataFolder(async (dataDir, open) => {
        const host = spawn(
          process.execPath,
          [join(projectRoot, 'out/main/cli.mjs'), 'web', '--data-dir', dataDir, '--port', '0'],
          {
            cwd: dataDir,
            env: desktopEnvironment({ dataDir }),
            stdio: ['ignore', 'ignore', 'pipe'],
          },
        );
        try {
          let hostLog = '';
          host.stderr.on('data', (chunk: Buffer) => {
            hostLog += chunk.toString('utf8');
          });
          await eventually(() => hostLog).toContain('pipeline started');
          const desktop = await open();
          await eventually(desktop.stderr).toMatch(new RegExp(`tapedeck: .*${host.pid}`));
        } finally {
          host.kill('SIGTERM');
          await once(host, 'exit');
        }
      }));
  },
);
