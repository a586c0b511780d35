import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';

/** Waits for as long as a busy machine may need. */
export function eventually<T>(read: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 45_000, interval: 100 });
}

export const row = (page: Page, symbol: string): Locator => page.locator(`[data-symbol="${symbol}"]`);

export const cell = (page: Page, symbol: string, column: string): Locator =>
  row(page, symbol).locator(`[data-column="${column}"]`);

const PRICE = /^\d[\d,]*\.\d\d$/;

/** Resolves once the row shows a price and another one after it. */
export async function seeRowTick(page: Page, symbol: string): Promise<void> {
  const last = cell(page, symbol, 'last');
  await eventually(() => last.textContent()).toMatch(PRICE);
  const before = await last.textContent();
  await eventually(() => last.textContent()).not.toBe(before);
}

/** Resolves once the watchlist as a whole moves: quicker than waiting for one symbol's next trade. */
export async function seeListTick(page: Page): Promise<void> {
  const list = page.locator('[data-pane="W"] [role="rowgroup"]');
  await eventually(() => list.textContent()).toMatch(/\d\.\d\d/);
  const before = await list.textContent();
  await eventually(() => list.textContent()).not.toBe(before);
}

export const chartCandles = (page: Page): Locator =>
  page.locator('[data-testid="chart-plot"] .highcharts-candlestick-series path.highcharts-point');
