import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../testing/browser.ts';
import { buildRenderer } from '../../testing/build-renderer.ts';
import { startTestHost } from '../../testing/host-test-host.ts';
import { cell, eventually } from '../../testing/ui-pages.ts';

let browser: Browser;
let folder: string;
let ui: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-replay-screen-'));
  ui = await buildRenderer();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A file of minute bars from 14:30 UTC, the opening of New York, without a symbol of its own. */
async function writeBars(count: number): Promise<string> {
  const file = join(folder, 'INDX_2019.csv');
  const rows = Array.from({ length: count }, (_, minute) => {
    const time = new Date(Date.UTC(2019, 10, 5, 14, 30 + minute)).toISOString();
    return `${time},${100 + minute},${102 + minute},${99 + minute},${101 + minute},0`;
  });
  await writeFile(file, ['time,open,high,low,close,volume', ...rows, ''].join('\n'));
  return file;
}

const candles = (page: Page) =>
  page.locator('[data-testid="chart-plot"] .highcharts-candlestick-series path.highcharts-point');

async function withReplay(args: readonly string[], look: (page: Page) => Promise<void>): Promise<void> {
  const running = await startTestHost({ args, ui: { directory: ui } });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(running.host.http?.newLink() ?? '');
    await look(page);
  } finally {
    await context.close();
    await running.close();
  }
}

test('a replay opens on the symbol of its file, in a list of its own, and its candles and its clock move', async () => {
  const file = await writeBars(300);
  await withReplay(['--replay', file, '--speed', '120'], async (page) => {
    await eventually(() => cell(page, 'INDX', 'last').textContent()).toMatch(/^\d+\.\d\d$/);
    expect(await page.getByRole('tab', { name: 'INDX_2019.csv' }).getAttribute('aria-selected')).toBe('true');
    await page.getByRole('application', { name: /Chart of INDX/ }).waitFor();
    await eventually(() => candles(page).count()).toBeGreaterThan(2);
    const [before, lastBefore] = [await candles(page).count(), await cell(page, 'INDX', 'last').textContent()];
    await eventually(() => page.locator('[data-phase="open"]').textContent()).toMatch(/^OPENpost in [456]:\d\d:\d\d$/);
    await eventually(() => candles(page).count()).toBeGreaterThan(before);
    await eventually(() => cell(page, 'INDX', 'last').textContent()).not.toBe(lastBefore);
  });
});

test('a replay as fast as it can be read leaves its history on the screen, under the symbol it was given', async () => {
  const file = await writeBars(60);
  await withReplay(['--replay', file, '--speed', 'max', '--symbols', 'OWN'], async (page) => {
    await eventually(() => cell(page, 'OWN', 'last').textContent()).toBe('160.00');
    await page.getByRole('application', { name: /Chart of OWN/ }).waitFor();
    await eventually(() => candles(page).count()).toBeGreaterThan(50);
  });
});
