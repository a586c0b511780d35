import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/ensure-built.ts';
import { desktopEnvironment, desktopSkipReason, withDataFolder, type Desktop } from './desktop.ts';
import { notificationSkipReason, startNotificationStandIn, type NotificationStandIn } from './notification-stand-in.ts';
import { cell, eventually, row } from './terminal-page.ts';

const skipReason = desktopSkipReason() ?? notificationSkipReason();
let standIn: NotificationStandIn;

beforeAll(async () => {
  if (skipReason === null) standIn = await startNotificationStandIn();
});
afterAll(async () => {
  await standIn?.close();
});

async function showChart(page: Page, symbol: string): Promise<void> {
  await row(page, symbol).click();
  await page.getByRole('application', { name: new RegExp(`Chart of ${symbol}`) }).waitFor();
}

/** Fills the form in for a rule that any trade of a moving market meets, and seldom twice. */
async function fillRule(page: Page, symbol: string): Promise<Locator> {
  await eventually(() => cell(page, symbol, 'last').textContent()).toMatch(/\d/);
  await page.getByRole('button', { name: 'New rule' }).first().click();
  const form = page.getByRole('form', { name: 'New rule' });
  const symbolBox = form.getByRole('textbox', { name: 'Symbol (* for all)' });
  // Until it names the symbol of the chart the form may still replace what is typed.
  await eventually(() => symbolBox.inputValue()).not.toBe('');
  await symbolBox.fill(symbol);
  await form.getByRole('combobox', { name: 'When' }).selectOption('percent-change');
  await form.getByRole('textbox', { name: 'Percent' }).fill('0.005');
  await form.getByRole('textbox', { name: 'Within, min' }).fill('1');
  await form.getByRole('textbox', { name: 'Quiet after, min' }).fill('600');
  await form.getByRole('textbox', { name: 'Re-arm after, %' }).fill('0');
  return form;
}

async function makeRule(page: Page, symbol: string): Promise<void> {
  const form = await fillRule(page, symbol);
  await form.getByRole('button', { name: 'Create rule' }).click();
  await form.waitFor({ state: 'detached' });
}

const arrivals = async (symbol: string) =>
  (await standIn.shown()).filter(({ summary }) => summary === `TapeDeck: ${symbol}`);

const isVisible = ({ app }: Desktop) =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() ?? null);

/** The stand-in clicks what says `click`, so every notification says it from now on. */
const clickNotifications = ({ app }: Desktop) =>
  app.evaluate(({ Notification }) => {
    const show = Notification.prototype.show;
    Notification.prototype.show = function (this: Electron.Notification) {
      this.body += ' (click)';
      show.call(this);
    };
  });

const HOST_TOKEN = 'token-of-the-host-elsewhere';

/** A web host on a data folder of its own, as it would run on another machine. */
async function withWebHost(test: (url: string) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-web-host-'));
  const host = spawn(
    process.execPath,
    [join(projectRoot, 'out/main/cli.mjs'), 'web', '--data-dir', dataDir, '--port', '0'],
    {
      cwd: dataDir,
      env: desktopEnvironment({ dataDir, environment: { TAPEDECK_TOKEN: HOST_TOKEN } }),
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const exited = once(host, 'exit');
  try {
    let printed = '';
    host.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
    });
    const address = /http:\/\/127\.0\.0\.1:\d+/;
    await eventually(() => printed).toMatch(address);
    await test(address.exec(printed)?.[0] ?? '');
  } finally {
    host.kill('SIGTERM');
    await exited;
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

describe.skipIf(skipReason !== null)(
  `alerts of the desktop${skipReason === null ? '' : ` (skipped: ${skipReason})`}`,
  () => {
    it('reach the system once as a notification, and stay in the history over a restart', () =>
      withDataFolder(async (_dataDir, open) => {
        const first = await open();
        await showChart(first.page, 'AAPL');
        await makeRule(first.page, 'AAPL');
        await eventually(async () => (await arrivals('AAPL')).length).toBeGreaterThanOrEqual(1);
        const [shown] = await arrivals('AAPL');
        expect(shown?.app).toBe('TapeDeck');
        expect(shown?.body).toMatch(/^AAPL [+-].*% in 1.*: \d+\.\d\d$/);
        expect(await arrivals('AAPL')).toHaveLength(1);
        const historyOf = async ({ page }: Desktop) => {
          await page.getByRole('tab', { name: /History/ }).click();
          const history = page.getByRole('list', { name: 'Alert history' });
          await history.getByRole('listitem').first().waitFor();
          return history.getByRole('listitem').allTextContents();
        };
        const fired = await historyOf(first);
        expect(fired[0]).toContain('AAPL');
        expect(await first.quit()).toBe(0);

        const second = await open({ flags: ['--mock', 'faults=silence'] });
        expect(await historyOf(second)).toEqual(fired);
        expect(await arrivals('AAPL')).toHaveLength(1);
      }));

    it('fire while the window is hidden in the tray, and a click brings it back at that symbol', () =>
      withDataFolder(async (_dataDir, open) => {
        const desktop = await open();
        const { app, page } = desktop;
        await showChart(page, 'MSFT');
        const form = await fillRule(page, 'TSLA');
        await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
        await eventually(() => isVisible(desktop)).toBe(false);
        await clickNotifications(desktop);
        // Made only now, so that its alert finds the window hidden.
        await form.evaluate((element: HTMLFormElement) => element.requestSubmit());
        await eventually(() => isVisible(desktop)).toBe(true);
        await page.getByRole('application', { name: /Chart of TSLA/ }).waitFor();
      }));

    it('reach a desktop that shows a host elsewhere, once, and a click shows their symbol', () =>
      withWebHost((url) =>
        withDataFolder(async (_dataDir, open) => {
          const desktop = await open({ flags: ['--url', url], environment: { TAPEDECK_TOKEN: HOST_TOKEN } });
          const { page } = desktop;
          await showChart(page, 'NVDA');
          await makeRule(page, 'NVDA');
          await eventually(async () => (await arrivals('NVDA')).length).toBeGreaterThanOrEqual(1);
          // A second line to the host, with all of its history, repeats nothing.
          await page.reload();
          await showChart(page, 'MSFT');
          await clickNotifications(desktop);
          await makeRule(page, 'AMZN');
          await page.getByRole('application', { name: /Chart of AMZN/ }).waitFor();
          expect(await arrivals('NVDA')).toHaveLength(1);
        }),
      ));
  },
);
