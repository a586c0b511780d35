import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../testing/browser.ts';
import { buildRenderer } from '../../testing/build-renderer.ts';
import { startTestHost } from '../../testing/host-test-host.ts';
import type { TestHost } from '../../testing/host-test-host.ts';

let browser: Browser;
let running: TestHost;

beforeAll(async () => {
  browser = await launchBrowser();
  running = await startTestHost({ ui: { directory: await buildRenderer() } });
});

afterAll(async () => {
  await browser?.close();
  await running?.close();
});

test('a browser signs in by the link and sees the market move, under the host’s own policy', async () => {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));

  await page.goto(running.url);
  expect(await page.textContent('h1')).toBe('TapeDeck is running');
  faults.length = 0;

  await page.goto(running.links.at(-1) ?? '');
  expect(new URL(page.url()).pathname).toBe('/');
  const last = page.locator('[data-symbol="AAPL"] [data-column="last"]');
  await expect.poll(() => last.textContent(), { timeout: 30_000 }).toMatch(/^\d+\.\d\d$/);
  const before = await last.textContent();
  await expect.poll(() => last.textContent(), { timeout: 30_000 }).not.toBe(before);
  const candles = page.locator('[data-testid="chart-plot"] .highcharts-candlestick-series path.highcharts-point');
  await expect.poll(() => candles.count(), { timeout: 30_000 }).toBeGreaterThan(50);

  // The page's connection stands over a restart: another pipeline has to be asked for everything.
  await running.host.pipelineHost.restart();
  const atRestart = await last.textContent();
  await expect.poll(() => last.textContent(), { timeout: 30_000 }).not.toBe(atRestart);
  await expect.poll(() => candles.count(), { timeout: 30_000 }).toBeGreaterThan(50);
  expect(faults).toEqual([]);
});
