import { describe, expect, it } from 'vitest';
import { cell, eventually, row, rowOrder, uiPages } from '../../../testing/ui-pages.ts';

const open = uiPages();

describe('watchlist', () => {
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

  it('shows only whole columns, and more of them in a wider window', async () => {
    const { page } = await open({ ticksPerSecond: 20 });
    const grid = page.locator('[data-pane="W"] [role="grid"]');
    await row(page, 'AAPL').waitFor();
    const columns = () => grid.locator('[role="columnheader"]').count();
    const overflow = () => grid.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    await eventually(overflow).toBe(0);
    const before = await columns();
    await page.setViewportSize({ width: 1920, height: 900 });
    await eventually(columns).toBeGreaterThan(before);
    await eventually(overflow).toBe(0);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'The last hour' }).click();
    await eventually(() => grid.getByRole('columnheader', { name: 'Trend' }).count()).toBe(0);
  });

  it('sorts and sizes columns by keyboard alone', async () => {
    const { page } = await open({ ticksPerSecond: 0, symbolCount: 12 });
    await row(page, 'AAPL').click();
    const unsorted = await rowOrder(page);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const heading = page.getByRole('columnheader', { name: 'Last' });
    expect(await heading.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await eventually(() => heading.getAttribute('aria-sort')).toBe('descending');
    await eventually(() => rowOrder(page)).not.toEqual(unsorted);
    const width = (await heading.boundingBox())?.width ?? 0;
    await page.keyboard.press('Shift+ArrowRight');
    await eventually(async () => (await heading.boundingBox())?.width).toBe(width + 8);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    const [first = ''] = await rowOrder(page);
    await eventually(() => row(page, first).getAttribute('aria-selected')).toBe('true');
  });
});
