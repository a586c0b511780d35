import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/ensure-built.ts';
import { folderBytes } from '../../src/store/folder-bytes.ts';
import {
  desktopArguments,
  desktopEnvironment,
  desktopSkipReason,
  electronExecutable,
  withDataFolder,
  type Desktop,
} from './desktop.ts';
import { chartCandles, eventually, row, seeListTick } from './terminal-page.ts';
import { undrained } from './undrained.ts';

const skipReason = desktopSkipReason();

const pipelinePid = (desktop: Desktop): Promise<number | undefined> =>
  desktop.app.evaluate(({ app }) => app.getAppMetrics().find(({ name }) => name === 'TapeDeck pipeline')?.pid);

/** Whatever the market published is stored, and the folder is free. */
async function expectDrained(dataDir: string): Promise<void> {
  const { publishedTrades, ...remains } = await undrained(dataDir);
  expect(remains).toEqual({ isLocked: false, unstored: [] });
  expect(publishedTrades).toBeGreaterThan(0);
}

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

    it('keeps a damaged database aside when its user says so, and ticks on with a new one', () =>
      withDataFolder(async (dataDir, open) => {
        const desktop = await open();
        await seeListTick(desktop.page);
        await desktop.app.evaluate(({ dialog }) => {
          dialog.showMessageBox = () => Promise.resolve({ response: 1, checkboxChecked: false });
        });
        const pid = await pipelinePid(desktop);
        if (pid === undefined) expect.fail('there is no pipeline process');
        // Standing still it cannot write over what is spoilt; the next one finds it so.
        process.kill(pid, 'SIGSTOP');
        await writeFile(join(dataDir, 'datasets/mock/database/global/pg_control'), Buffer.alloc(8192, 7));
        process.kill(pid, 'SIGKILL');
        await eventually(desktop.stderr).toMatch(/tapedeck: The embedded database in .* is damaged/);
        await eventually(() => readdir(join(dataDir, 'datasets/mock'))).toContainEqual(
          expect.stringMatching(/^database\.damaged-/),
        );
        await eventually(() => desktop.page.getByText('Offline.').count()).toBe(0);
        await seeListTick(desktop.page);
      }));

    it.each(['quit', 'SIGTERM', 'SIGINT'] as const)('drains on %s, ends with 0 and finds its candles again', (way) =>
      withDataFolder(async (dataDir, open) => {
        const first = await open();
        await seeListTick(first.page);
        await eventually(() => chartCandles(first.page).count()).toBeGreaterThan(40);
        let exitCode: number | null;
        if (way === 'quit') {
          exitCode = await first.quit();
        } else {
          first.process.kill(way);
          [exitCode] = (await once(first.process, 'exit')) as [number | null];
        }
        expect(exitCode).toBe(0);
        expect(first.stderr()).not.toMatch(/FATAL|Failed to shutdown|Uncaught|Unhandled/);
        await expectDrained(dataDir);

        // A feed that says nothing: every candle on the chart was read from the store.
        const second = await open({ flags: ['--mock', 'faults=silence'] });
        await eventually(() => chartCandles(second.page).count()).toBeGreaterThan(40);
      }),
    );

    it.each(['SIGINT', 'SIGTERM'] as const)(
      'started from a terminal, drains on %s to the whole process group',
      (signal) =>
        withDataFolder(async (dataDir) => {
          const started = spawn(process.execPath, ['--import', 'tsx', 'scripts/start.ts', '--data-dir', dataDir], {
            cwd: projectRoot,
            env: desktopEnvironment({ dataDir }),
            detached: true,
            stdio: ['ignore', 'ignore', 'pipe'],
          });
          let printed = '';
          started.stderr.on('data', (chunk: Buffer) => {
            printed += chunk.toString('utf8');
          });
          const exited = once(started, 'exit');
          try {
            await eventually(() => printed).toContain('feed state');
            await eventually(() => folderBytes(join(dataDir, 'datasets/mock/log/trades-0'))).toBeGreaterThan(0);
            if (started.pid === undefined) expect.fail('nothing was started');
            process.kill(-started.pid, signal);
            expect(await exited).toEqual([0, null]);
          } finally {
            started.kill('SIGTERM');
            await exited;
          }
          await expectDrained(dataDir);
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
      withDataFolder(async (dataDir) => {
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
          // Not by way of a driver: the first thing it says comes before that listens.
          const desktop = spawn(electronExecutable(), [...desktopArguments({ dataDir })], {
            cwd: dataDir,
            env: desktopEnvironment({ dataDir }),
            stdio: ['ignore', 'ignore', 'pipe'],
          });
          const exited = once(desktop, 'exit');
          try {
            let printed = '';
            desktop.stderr.on('data', (chunk: Buffer) => {
              printed += chunk.toString('utf8');
            });
            await eventually(() => printed).toMatch(new RegExp(`tapedeck: .*${host.pid}`));
          } finally {
            desktop.kill('SIGTERM');
            await exited;
          }
        } finally {
          host.kill('SIGTERM');
          await once(host, 'exit');
        }
      }));
  },
);
