import type { Browser, Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from './browser.ts';
import { buildRenderer } from './build-renderer.ts';
import { startUiFixtureHost, type UiFixtureHost, type UiFixtureOptions } from './ui-fixture-host.ts';

export interface OpenedPage {
  readonly page: Page;
  readonly host: UiFixtureHost;
  /** Console errors and refused styles or scripts so far. */
  readonly faults: string[];
}

/** Opens the terminal in a real browser, on a host of its own; everything is closed after each test. */
export type OpenPage = (
  options?: Partial<UiFixtureOptions>,
  size?: { readonly width: number; readonly height: number },
) => Promise<OpenedPage>;

/** Builds the UI once for the tests of a file. */
export function uiPages(): OpenPage {
  let browser: Browser;
  let folder: string;
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    folder = await buildRenderer();
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await browser?.close();
  });
  return async (options = {}, size = { width: 1440, height: 900 }) => {
    const host = await startUiFixtureHost({ folder, ...options });
    closers.push(() => host.close());
    const context = await browser.newContext({ viewport: size });
    closers.push(() => context.close());
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(host.url);
    return { page, host, faults };
  };
}

/** Waits for as long as a busy machine may need. */
export function eventually<T>(read: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 30_000 });
}

export const row = (page: Page, symbol: string): Locator => page.locator(`[data-symbol="${symbol}"]`);
export const cell = (page: Page, symbol: string, column: string): Locator =>
  row(page, symbol).locator(`[data-column="${column}"]`);

/** The symbols of the watchlist from top to bottom; rows stand in the page in any order. */
export async function rowOrder(page: Page): Promise<readonly string[]> {
  const rows = await page.locator('[data-pane="W"] [role="rowgroup"] [role="row"]').all();
  const places = await Promise.all(
    rows.map(async (element) => ({
      symbol: (await element.getAttribute('data-symbol')) ?? '',
      index: Number(await element.getAttribute('aria-rowindex')),
    })),
  );
  return places.sort((a, b) => a.index - b.index).map(({ symbol }) => symbol);
}
