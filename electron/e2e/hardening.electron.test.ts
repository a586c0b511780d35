import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  desktopArguments,
  desktopEnvironment,
  desktopSkipReason,
  electronExecutable,
  withDataFolder,
  type DesktopOptions,
} from './desktop.ts';
import { eventually, row, seeListTick } from './terminal-page.ts';

const skipReason = desktopSkipReason();

/** A start that is expected to end by itself. */
function startAndWait(options: DesktopOptions): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(electronExecutable(), [...desktopArguments(options)], {
      cwd: options.dataDir,
      env: desktopEnvironment(options),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    const force = setTimeout(() => child.kill('SIGKILL'), 60_000);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(force);
      resolve({ exitCode, stderr });
    });
  });
}

describe.skipIf(skipReason !== null)(
  `the desktop's walls${skipReason === null ? '' : ` (skipped: ${skipReason})`}`,
  () => {
    it('gives the page its bridge and nothing of Node', () =>
      withDataFolder(async (_dataDir, open) => {
        const { page } = await open();
        await row(page, 'AAPL').waitFor();
        const surface = await page.evaluate(() => ({
          bridge: Object.keys((window as { tapedeck?: object }).tapedeck ?? {}).toSorted(),
          node: ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer'].filter((name) => name in window),
          origin: window.origin,
        }));
        expect(surface).toEqual({ bridge: ['connect', 'platform'], node: [], origin: 'app://tapedeck' });
      }));

    it('stays on its page, opens no foreign window, grants no permission and runs no foreign script', () =>
      withDataFolder(async (_dataDir, open) => {
        const { app, page } = await open();
        await row(page, 'AAPL').waitFor();
        const opened = await app.evaluateHandle(({ shell }) => {
          const urls: string[] = [];
          shell.openExternal = (url) => {
            urls.push(url);
            return Promise.resolve();
          };
          return urls;
        });
        const windows = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
        const answers = await page.evaluate(async () => {
          const foreign = [
            'https://example.com/',
            'http://example.com/',
            'file:///etc/passwd',
            'app://other/index.html',
          ];
          const windowsOpened = foreign.map((url) => window.open(url) !== null);
          const permission = await Notification.requestPermission();
          const clipboard = await navigator.clipboard.readText().then(
            () => 'granted',
            (error: unknown) => (error as Error).name,
          );
          const fetched = await fetch('https://example.com/').then(
            () => 'answered',
            () => 'refused',
          );
          const script = document.createElement('script');
          script.textContent = 'window.intruded = true';
          document.head.append(script);
          return { windowsOpened, permission, clipboard, fetched, intruded: 'intruded' in window };
        });
        expect(answers).toEqual({
          windowsOpened: [false, false, false, false],
          permission: 'denied',
          clipboard: 'NotAllowedError',
          fetched: 'refused',
          intruded: false,
        });
        expect(await windows()).toBe(1);
        expect(await opened.jsonValue()).toEqual(['https://example.com/']);
        for (const url of ['https://example.com/', 'file:///etc/passwd', 'data:text/html,<p>x</p>']) {
          await page.evaluate((target) => {
            window.location.href = target;
          }, url);
        }
        await seeListTick(page);
        expect(page.url()).toBe('app://tapedeck/index.html');
      }));

    it('answers its own files only', () =>
      withDataFolder(async (_dataDir, open) => {
        const { page } = await open();
        await row(page, 'AAPL').waitFor();
        const statuses = await page.evaluate(() =>
          Promise.all(
            [
              '/index.html',
              '/../main/index.mjs',
              '/%2e%2e/main/index.mjs',
              '/..%2fmain%2findex.mjs',
              '/missing.js',
              '/%',
            ].map(async (path) => (await fetch(path)).status),
          ),
        );
        expect(statuses).toEqual([200, 404, 404, 404, 404, 404]);
      }));

    it('lets a second start end at once and comes to the front instead', () =>
      withDataFolder(async (dataDir, open) => {
        const { app, page } = await open();
        await row(page, 'AAPL').waitFor();
        await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
        const second = await startAndWait({ dataDir, flags: ['--symbols', 'NVDA'] });
        expect(second.exitCode).toBe(0);
        expect(second.stderr).toContain('already running');
        await eventually(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())).toBe(
          true,
        );
        await page.getByRole('application', { name: /Chart of NVDA/ }).waitFor();
      }));

    it('refuses a wrong flag by name, with exit code 2', () =>
      withDataFolder(async (dataDir) => {
        const { exitCode, stderr } = await startAndWait({ dataDir, flags: ['--feed', 'nonsense'] });
        expect(exitCode).toBe(2);
        expect(stderr).toMatch(/tapedeck: .*feed.*nonsense/i);
      }));
  },
);
