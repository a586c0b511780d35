import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../testing/browser.ts';
import { buildRenderer } from '../testing/build-renderer.ts';
import { startUiFixtureHost, type UiFixtureHost, type UiFixtureOptions } from '../testing/ui-fixture-host.ts';

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

interface Opened {
  readonly page: Page;
  readonly host: UiFixtureHost;
  /** Console errors and refused styles or scripts so far. */
  readonly faults: string[];
}

async function open(options: Partial<UiFixtureOptions> = {}, size = { width: 1440, height: 900 }): Promise<Opened> {
  const host = await startUiFixtureHost({ folder, ...options });
  closers.push(() => host.close());
  const context = await browser.newContext({ viewport: size });
  closers.push(() => context.close());
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(host.url);
  return { page, host, faults };
}

/** Waits for as long as a busy machine may need. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 30_000 });

const row = (page: Page, symbol: string) => page.locator(`[data-symbol="${symbol}"]`);
const cell = (page: Page, symbol: string, column: string) => row(page, symbol).locator(`[data-column="${column}"]`);
const rowOrder = (page: Page) =>
  page.locator('[data-pane="W"] [role="rowgroup"] [role="row"]').evaluateAll((rows) =>
    rows
      .map((element) => ({
        symbol: (element as HTMLElement).dataset['symbol'] ?? '',
        index: Number(element.getAttribute('aria-rowindex')),
      }))
      .sort((a, b) => a.index - b.index)
      .map(({ symbol }) => symbol),
  );

describe('terminal', () => {
  it('ticks its rows under the strictest policy, without a fault on the console', async () => {
    const { page, faults } = await open({ ticksPerSecond: 600 });
    const last = cell(page, 'AAPL', 'last');
    await eventually(() => last.textContent()).toMatch(/^\d+\.\d\d$/);
    const before = await last.textContent();
    await eventually(() => last.textContent()).not.toBe(before);
    await eventually(() => page.getByText('MOCK', { exact: true }).first().isVisible()).toBe(true);
    expect(faults).toEqual([]);
  });

  it('draws a chart whose newest candle moves', async () => {
    const { page, faults } = await open({ ticksPerSecond: 2_000, symbolCount: 12 });
    const candles = page.locator('[data-testid="chart-plot"] .highcharts-candlestick-series path.highcharts-point');
    await eventually(() => candles.count()).toBeGreaterThan(50);
    const live = page.locator('[data-testid="chart-plot"] .highcharts-series-4 path.highcharts-point').first();
    const shape = await live.getAttribute('d');
    await eventually(() => live.getAttribute('d')).not.toBe(shape);
    expect(faults).toEqual([]);
  });

  it('redraws only the forming candle for a tick', async () => {
    const { page } = await open({ ticksPerSecond: 300, symbolCount: 12 });
    const plot = page.locator('[data-testid="chart-plot"]');
    await eventually(() => plot.locator('.highcharts-candlestick-series path').count()).toBeGreaterThan(50);
    // Highcharts' private `isDirtyBox` keeps it so: a new version that ignores it redraws everything and fails here.
    const counts = await plot.evaluate(
      (element) =>
        new Promise<{ live: number; whole: number }>((resolve) => {
          const counted = { live: 0, whole: 0 };
          const observer = new MutationObserver((records) => {
            const touches = (selector: string) =>
              records.some(({ target }) => target instanceof Element && target.closest(selector) !== null);
            if (touches('.highcharts-series-3, .highcharts-axis, .highcharts-grid')) counted.whole++;
            else if (touches('.highcharts-series-4')) counted.live++;
          });
          observer.observe(element, { subtree: true, childList: true, attributes: true });
          setTimeout(() => resolve(counted), 4_000);
        }),
    );
    expect(counts.live).toBeGreaterThan(20);
    // A price that leaves the range of its axis redraws the whole chart now and then.
    expect(counts.whole).toBeLessThan(counts.live / 3);
  });

  it('reads older candles when the chart is moved back to them', async () => {
    const { page, host } = await open({ ticksPerSecond: 50 });
    const chart = page.getByRole('application', { name: /Chart of AAPL/ });
    await chart.focus();
    const labels = () => page.locator('[data-testid="chart-plot"] .highcharts-xaxis-labels text').allTextContents();
    await eventually(async () => (await labels()).length).toBeGreaterThan(1);
    const first = await labels();
    // The host has 3,000 candles: more than one answer holds.
    await eventually(async () => {
      await page.keyboard.press('PageUp');
      return host.candleRequests.filter((beforeMs) => beforeMs !== null).length;
    }).toBeGreaterThanOrEqual(2);
    await eventually(labels).not.toEqual(first);
    await page.keyboard.press('End');
    await eventually(async () => (await labels()).at(-1)).toBe(first.at(-1));
  });

  it('sets the interval by digits and the symbol by typing', async () => {
    const { page, host } = await open();
    await page.getByRole('application', { name: /Chart of AAPL, 1m/ }).focus();
    await page.keyboard.type('15');
    await page.keyboard.press('Enter');
    await page.getByRole('application', { name: 'Chart of AAPL, 15m candles' }).waitFor();
    await page.keyboard.type('nvda');
    await page.getByRole('option', { name: /NVDA · Chart/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('application', { name: 'Chart of NVDA, 15m candles' }).waitFor();
    await eventually(() => host.state.settings.chartSymbol).toBe('NVDA');
  });

  it('completes symbols and commands in the command bar, and Escape closes it', async () => {
    const { page } = await open();
    await row(page, 'AAPL').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('micros');
    await page.getByRole('option', { name: /MSFT/ }).waitFor();
    await page.keyboard.press('Escape');
    await eventually(() => page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('gp msft 5m');
    await page.getByRole('option', { name: /MSFT · Chart · 5m/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('application', { name: 'Chart of MSFT, 5m candles' }).waitFor();
    await page.keyboard.press('Shift+Slash');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  });

  it('adds a symbol by typing, removes one with the keyboard and takes that back', async () => {
    const { page, host } = await open({
      watchlists: [{ id: 'mine', name: 'Mine', symbols: ['AAPL', 'MSFT', 'JPM'] }],
    });
    await row(page, 'MSFT').waitFor();
    const add = page.getByRole('combobox', { name: 'Add a symbol to this list' });
    await add.fill('nvid');
    await page.getByRole('option', { name: /NVDA/ }).waitFor();
    await add.press('Enter');
    await eventually(() => host.state.watchlists[0]?.symbols).toEqual(['AAPL', 'MSFT', 'JPM', 'NVDA']);
    await eventually(() => cell(page, 'NVDA', 'last').textContent()).toMatch(/\d/);

    await row(page, 'MSFT').click();
    await page.keyboard.press('Delete');
    await eventually(() => host.state.watchlists[0]?.symbols).toEqual(['AAPL', 'JPM', 'NVDA']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await eventually(() => host.state.watchlists[0]?.symbols).toEqual(['AAPL', 'MSFT', 'JPM', 'NVDA']);

    await row(page, 'JPM').click();
    await page.keyboard.press('Alt+ArrowUp');
    await eventually(() => host.state.watchlists[0]?.symbols).toEqual(['AAPL', 'JPM', 'MSFT', 'NVDA']);
    await row(page, 'NVDA').dragTo(row(page, 'AAPL'), { targetPosition: { x: 20, y: 4 } });
    await eventually(() => host.state.watchlists[0]?.symbols).toEqual(['NVDA', 'AAPL', 'JPM', 'MSFT']);
  });

  it('says so when a symbol is unknown, and suggests others', async () => {
    const { page } = await open();
    const add = page.getByRole('combobox', { name: 'Add a symbol to this list' });
    await add.fill('AAXX');
    await add.press('Enter');
    await eventually(() => page.getByRole('alert').textContent()).toMatch(/AAXX is unknown/);
  });

  it('makes, renames, deletes and restores a list', async () => {
    const { page, host } = await open();
    const names = () => host.state.watchlists.map(({ name }) => name);
    await page.getByRole('button', { name: 'New list' }).click();
    const field = page.getByRole('textbox', { name: 'Name of the list' });
    await field.fill('Banks');
    await field.press('Enter');
    await eventually(names).toEqual(['Tech', 'Everything', 'Banks']);
    await page.getByText('Banks is empty').waitFor();
    await page.getByRole('button', { name: 'List menu' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await eventually(names).toEqual(['Tech', 'Everything']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await eventually(names).toEqual(['Tech', 'Everything', 'Banks']);
  });

  it('keeps sorted rows still under the pointer while prices move', async () => {
    const { page, host } = await open({ ticksPerSecond: 3_000, symbolCount: 12 });
    await row(page, 'AAPL').waitFor();
    await page.getByRole('columnheader', { name: 'Last' }).getByRole('button').click();
    await row(page, 'AAPL').hover();
    const order = await rowOrder(page);
    const quotes = [...host.market.quotes.values()];
    for (const [index, quote] of quotes.entries()) quote.last = 100 + index * 10;
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(await rowOrder(page)).toEqual(order);
    await page.mouse.move(900, 300);
    await eventually(() => rowOrder(page)).not.toEqual(order);
  });

  it('creates an alert rule, switches it off and shows what fired', async () => {
    const { page, host } = await open();
    await page.getByRole('button', { name: 'New rule' }).first().click();
    await page.getByRole('combobox', { name: 'When' }).selectOption('rsi-above');
    await eventually(() => page.getByRole('textbox', { name: 'RSI level' }).inputValue()).toBe('70');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await eventually(() => host.state.rules[0]?.condition).toEqual({ kind: 'rsi-above', level: 70, interval: '1m' });
    await page.getByRole('switch', { name: /Disable AAPL/ }).click();
    await eventually(() => host.state.rules[0]?.isEnabled).toBe(false);
    const { condition, id } = host.state.rules[0] ?? expect.fail('no rule');
    const alert = { id: 'a1', ruleId: id, symbol: 'AAPL', condition, timeMs: Date.now(), price: 190, value: 71.3 };
    host.emit({ type: 'alert', alert: { ...alert, message: 'AAPL RSI over 70: 71.3' } });
    await page.getByText('AAPL RSI over 70: 71.3').waitFor();
    await page.getByRole('tab', { name: /History/ }).click();
    await page.getByRole('list', { name: 'Alert history' }).getByText('71.3').waitFor();
  });

  it('says that it is offline, dims prices, and carries on by itself', async () => {
    const { page, host } = await open({ ticksPerSecond: 600 });
    await eventually(() => cell(page, 'AAPL', 'last').textContent()).toMatch(/\d/);
    host.setReachable(false);
    await page.getByText('Offline.').waitFor();
    await eventually(() => row(page, 'AAPL').getAttribute('class')).toMatch(/stale/);
    host.setReachable(true);
    await eventually(() => page.getByText('Offline.').count()).toBe(0);
    const before = await cell(page, 'AAPL', 'last').textContent();
    await eventually(() => cell(page, 'AAPL', 'last').textContent()).not.toBe(before);
    expect(await row(page, 'AAPL').getAttribute('class')).not.toMatch(/stale/);
  });

  it('keeps the layout: a closed pane stays closed after a reload', async () => {
    const { page, host } = await open();
    await page.locator('[data-pane="HLTH"] [data-pane-focus]').click();
    await page.keyboard.press('Alt+w');
    await eventually(() => page.locator('[data-pane="HLTH"]').count()).toBe(0);
    await eventually(() => host.state.layout !== null && !host.state.layout.includes('HLTH')).toBe(true);
    await page.reload();
    await row(page, 'AAPL').waitFor();
    expect(await page.locator('[data-pane="HLTH"]').count()).toBe(0);
  });

  it('goes on ticking in a popped-out window', async () => {
    const { page, faults } = await open({ ticksPerSecond: 600 });
    await row(page, 'AAPL').click();
    const popup = page.waitForEvent('popup');
    await page.keyboard.press('Control+Shift+O');
    const popped = await popup;
    await eventually(() => cell(popped, 'AAPL', 'last').textContent()).toMatch(/\d/);
    const before = await cell(popped, 'AAPL', 'last').textContent();
    await eventually(() => cell(popped, 'AAPL', 'last').textContent()).not.toBe(before);
    expect(faults).toEqual([]);
  });

  it('works on a Cyrillic keyboard', async () => {
    const { page } = await open();
    await row(page, 'AAPL').click();
    await page.locator('[data-pane="W"] [role="grid"]').dispatchEvent('keydown', {
      key: 'о',
      code: 'KeyJ',
      bubbles: true,
      cancelable: true,
    });
    await page.getByRole('application', { name: /Chart of MSFT/ }).waitFor();
  });

  it('says what it waits for and what went wrong', async () => {
    const stalled = await open({ stallCandles: true, ticksPerSecond: 0 });
    await stalled.page.getByText('Reading 1m candles of AAPL…').waitFor();
    const failed = await open({ failCandles: true });
    await failed.page.getByText('The store is not answering. It is tried again.').first().waitFor();
    const empty = await open({
      watchlists: [{ id: 'a', name: 'Mine', symbols: [] }],
      settings: { chartSymbol: null },
    });
    await empty.page.getByText('Mine is empty').waitFor();
    await empty.page.getByText('No symbol chosen').waitFor();
  });

  it.each([
    ['wide', { width: 1920, height: 1080 }],
    ['narrow', { width: 900, height: 700 }],
  ])('has no serious accessibility violation in a %s window', async (_name, size) => {
    const { page } = await open({ ticksPerSecond: 20 }, size);
    await row(page, 'AAPL').waitFor();
    await page.waitForTimeout(1_000);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
  });
});
