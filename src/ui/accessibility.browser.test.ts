import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { eventually, row, uiPages } from '../testing/ui-pages.ts';

const open = uiPages();

describe('terminal without a mouse or without eyes', () => {
  it('goes by Tab through the controls of a pane that has some', async () => {
    const { page } = await open();
    await row(page, 'AAPL').waitFor();
    await page.keyboard.press('Control+Comma');
    const focused = () =>
      page.evaluate(
        () =>
          document.activeElement?.hasAttribute('data-pane-focus') === true &&
          document.activeElement.getAttribute('aria-label'),
      );
    await eventually(focused).toBe('Settings');
    await page.keyboard.press('Tab');
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Feed');
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

  it.each([
    ['wide', { width: 1920, height: 1080 }],
    ['narrow', { width: 900, height: 700 }],
  ])('has no serious accessibility violation in a %s window', async (_name, size) => {
    const { page } = await open({ ticksPerSecond: 20 }, size);
    await row(page, 'AAPL').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });

  it('has none in panes, dialogs and menus that are opened later either', async () => {
    const { page } = await open({ ticksPerSecond: 20 });
    await row(page, 'AAPL').waitFor();
    const check = async (what: string) => expect(await seriousViolations(page), what).toEqual([]);
    await page.getByRole('button', { name: 'New rule' }).first().click();
    await page.getByRole('button', { name: 'Create rule' }).waitFor();
    await page.keyboard.press('Control+Comma');
    await check('settings and the form of a rule');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('des');
    await page
      .getByRole('option', { name: /Description/ })
      .first()
      .waitFor();
    await check('command bar');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: /Description of/ }).waitFor();
    await page.keyboard.press('Shift+Slash');
    await check('keys and description');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Columns' }).click();
    await check('menu');
  });
});

async function seriousViolations(page: Page): Promise<string[]> {
  await page.waitForTimeout(700);
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
