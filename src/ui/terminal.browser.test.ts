import { describe, expect, it } from 'vitest';
import { cell, eventually, row, uiPages } from '../testing/ui-pages.ts';

const open = uiPages();

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

  it('keeps what is typed into a rule while another is switched, and leaves a rule off that was switched off', async () => {
    const { page, host } = await open();
    await page.getByRole('button', { name: 'New rule' }).first().click();
    await page.getByRole('textbox', { name: 'Price' }).fill('200');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByRole('switch', { name: /Disable AAPL/ }).waitFor();
    await page.getByRole('button', { name: /^Edit/ }).first().click();
    await page.getByRole('textbox', { name: 'Price' }).fill('210');
    await page.getByRole('switch', { name: /Disable AAPL/ }).click();
    await eventually(() => host.state.rules[0]?.isEnabled).toBe(false);
    expect(await page.getByRole('textbox', { name: 'Price' }).inputValue()).toBe('210');
    await page.getByRole('button', { name: 'Save' }).click();
    await eventually(() => host.state.rules[0]?.condition).toMatchObject({ price: 210 });
    expect(host.state.rules[0]?.isEnabled).toBe(false);
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

  it('reads the saved layout over the next connection when the first one is lost meanwhile', async () => {
    const first = await open();
    await first.page.locator('[data-pane="HLTH"] [data-pane-focus]').click();
    await first.page.keyboard.press('Alt+w');
    await eventually(() => first.host.state.layout?.includes('HLTH')).toBe(false);
    const layout = first.host.state.layout ?? '';

    const { page, host } = await open({ layout, stallFirstLayout: true });
    await page.getByText('Reading the layout').waitFor();
    host.setReachable(false);
    await page.getByText('Offline.').waitFor();
    expect(await page.getByText('TapeDeck', { exact: true }).count()).toBe(1);
    expect(await row(page, 'AAPL').count()).toBe(0);
    host.setReachable(true);
    await row(page, 'AAPL').waitFor();
    expect(await page.locator('[data-pane="HLTH"]').count()).toBe(0);
    expect(host.state.layout).toBe(layout);
  });

  it('says why no prices come while the feed is down', async () => {
    const detail = 'Alpaca did not accept the API key.';
    const { page } = await open({
      status: { components: [{ name: 'feed', state: 'down', detail, sinceMs: Date.now() }] },
    });
    await page.getByRole('alert').filter({ hasText: detail }).getByRole('button', { name: 'Settings' }).click();
    await page.locator('[data-pane="SET"]').waitFor();
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

  it('takes a ticker typed into a popped-out window there', async () => {
    const { page, faults } = await open();
    await page.getByRole('application', { name: 'Chart of AAPL, 1m candles' }).click();
    const popup = page.waitForEvent('popup');
    await page.keyboard.press('Control+Shift+O');
    const popped = await popup;
    await popped.getByRole('application', { name: 'Chart of AAPL, 1m candles' }).click();
    await popped.keyboard.type('msft');
    const bar = popped.getByRole('dialog', { name: 'Command bar' });
    await eventually(() => bar.getByRole('combobox').inputValue()).toMatch(/^msft$/i);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await bar.getByRole('option', { name: /MSFT · Chart/ }).waitFor();
    await popped.keyboard.press('Enter');
    await popped.getByRole('application', { name: 'Chart of MSFT, 1m candles' }).waitFor();
    await popped.keyboard.press('Shift+Slash');
    await popped.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(faults).toEqual([]);
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
});
