import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { desktopSkipReason, withDataFolder } from './desktop.ts';
import { cell, chartCandles, eventually, row, seeListTick, seeRowTick } from './terminal-page.ts';

const skipReason = desktopSkipReason();

describe.skipIf(skipReason !== null)(
  `the desktop's window${skipReason === null ? '' : ` (skipped: ${skipReason})`}`,
  () => {
    it('shows a market that moves and a full chart on a first start, without a fault on the console', () =>
      withDataFolder(async (_dataDir, open) => {
        const { page, faults } = await open();
        await seeRowTick(page, 'AAPL');
        await eventually(() => chartCandles(page).count()).toBeGreaterThan(40);
        await eventually(() => page.getByText('MOCK', { exact: true }).first().isVisible()).toBe(true);
        // Once more from the start, so that nothing said before anybody listened is missed.
        await page.reload();
        await seeRowTick(page, 'AAPL');
        await eventually(() => chartCandles(page).count()).toBeGreaterThan(40);
        expect(faults).toEqual([]);
      }));

    it('keeps a symbol that was added by typing, over a restart', () =>
      withDataFolder(async (dataDir, open) => {
        const first = await open();
        await row(first.page, 'AAPL').waitFor();
        expect(await row(first.page, 'ORCL').count()).toBe(0);
        const add = first.page.getByRole('combobox', { name: 'Add a symbol to this list' });
        await add.fill('orac');
        await first.page.getByRole('option', { name: /ORCL/ }).waitFor();
        await add.press('Enter');
        await seeRowTick(first.page, 'ORCL');
        expect(await first.quit()).toBe(0);

        const settings = await readFile(join(dataDir, 'config', 'config.json'), 'utf8');
        expect(settings).toContain('"ORCL"');
        const second = await open();
        await eventually(() => cell(second.page, 'ORCL', 'last').textContent()).toMatch(/\d/);
        await seeRowTick(second.page, 'ORCL');
      }));

    it('comes back after a crash of its page', () =>
      withDataFolder(async (_dataDir, open) => {
        const { app, page } = await open();
        await seeListTick(page);
        await app.evaluate(({ BrowserWindow }) => {
          const contents = BrowserWindow.getAllWindows()[0]?.webContents;
          const loaded = new Promise((resolve) => {
            contents?.once('did-finish-load', () => resolve(null));
          });
          contents?.forcefullyCrashRenderer();
          return loaded;
        });
        // Playwright's own view of the page died with it.
        const list = (): Promise<unknown> =>
          app.evaluate(({ BrowserWindow }) =>
            BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
              `document.querySelector('[data-pane="W"] [role="rowgroup"]')?.textContent ?? ''`,
            ),
          );
        await eventually(list).toMatch(/\d\.\d\d/);
        const before = await list();
        await eventually(list).not.toBe(before);
      }));

    it('comes back where it was left', () =>
      withDataFolder(async (_dataDir, open) => {
        const bounds = { x: 40, y: 30, width: 1000, height: 640 };
        const first = await open();
        await seeListTick(first.page);
        await first.app.evaluate(
          ({ BrowserWindow }, place) => BrowserWindow.getAllWindows()[0]?.setBounds(place),
          bounds,
        );
        const boundsOf = (desktop: typeof first) =>
          desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
        await eventually(() => boundsOf(first)).toMatchObject({ width: 1000, height: 640 });
        const left = await boundsOf(first);
        expect(await first.quit()).toBe(0);
        const second = await open();
        await eventually(() => boundsOf(second)).toEqual(left);
      }));
  },
);
