import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { eventually, uiPages } from '../../../testing/ui-pages.ts';
import { UNTOUCHED_BACKFILL } from '../../../market/index.ts';
import { fixtureDay, fixtureGap, fixtureLetter } from '../../../testing/ui-fixture-quality.ts';

const open = uiPages();

describe('the data quality pane', () => {
  it('opens at the place of a function code, and from the numbers that show what is wrong', async () => {
    const { page, faults } = await open({
      status: { deadLetters: 3, openGaps: 1 },
      quality: { letters: [0, 1, 2].map((index) => fixtureLetter(index)) },
      ticksPerSecond: 0,
    });
    await page.getByRole('button', { name: '3 dead' }).click();
    await page.getByRole('grid', { name: 'Dead letters' }).waitFor();
    await page.getByRole('button', { name: '1 gap' }).click();
    await page.getByText('Nothing was lost').waitFor();
    await page.keyboard.press('Control+K');
    await page.keyboard.type('ERR');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing went wrong').waitFor();
    expect(faults).toEqual([]);
  });

  it('stays quick with ten thousand dead letters, of which it draws what is in sight', async () => {
    const letters = Array.from({ length: 10_000 }, (_, index) => fixtureLetter(index));
    const { page, faults } = await open({ quality: { letters }, status: { deadLetters: 10_000 }, ticksPerSecond: 0 });
    await page.getByRole('button', { name: '10.0k dead' }).click();
    const table = page.getByRole('grid', { name: 'Dead letters' });
    await table.locator('[data-key="100000"]').waitFor();
    await table.focus();
    const last = async () => {
      await page.keyboard.press('End');
      return table.getAttribute('aria-rowcount').then(Number);
    };
    await eventually(last).toBeGreaterThan(1_000);
    expect(await table.locator('[data-key]').count()).toBeLessThan(100);
    expect(faults).toEqual([]);
  });

  it('filters by reason and state, and says when nothing is like that', async () => {
    const letters = [fixtureLetter(0), fixtureLetter(1, { reason: 'size: missing', state: 'discarded' })];
    const { page } = await open({ quality: { letters }, status: { deadLetters: 1 }, ticksPerSecond: 0 });
    await page.getByRole('button', { name: '1 dead' }).click();
    const table = page.getByRole('grid', { name: 'Dead letters' });
    await table.locator('[data-key="100000"]').waitFor();
    await page.getByLabel('Reason').fill('SIZE');
    await page.getByText('No dead letter is like that').waitFor();
    await page.getByLabel('State').selectOption('discarded');
    await table.locator('[data-key="99999"]').waitFor();
    expect(await page.getByRole('button', { name: 'Retry all' }).isDisabled()).toBe(true);
  });

  it('says what it waits for, what went wrong, and that what it shows is old', async () => {
    const stalled = await open({ quality: { isStalled: true }, status: { deadLetters: 1 }, ticksPerSecond: 0 });
    await stalled.page.getByRole('button', { name: '1 dead' }).click();
    await stalled.page.getByText('Reading the dead letters…').waitFor();
    const failed = await open({
      quality: { failure: 'The store is not answering.' },
      status: { openGaps: 1 },
      ticksPerSecond: 0,
    });
    await failed.page.getByRole('button', { name: '1 gap' }).click();
    await failed.page.getByText('The store is not answering.').waitFor();
    failed.host.quality.failure = null;
    await failed.page.getByRole('button', { name: 'Try again' }).click();
    await failed.page.getByText('Nothing was lost').waitFor();
    failed.host.setReachable(false);
    await failed.page.getByText('Offline: as last read.').waitFor();
  });

  it('retries, discards and takes back by key', async () => {
    const { page, host } = await open({
      quality: {
        letters: [0, 1, 2, 3].map((index) => fixtureLetter(index)),
        isRefused: ({ id }) => id === 99_998,
      },
      ticksPerSecond: 0,
    });
    await page.getByRole('button', { name: 'Symbol or command' }).click();
    await page.keyboard.type('DLQ');
    await page.keyboard.press('Enter');
    const table = page.getByRole('grid', { name: 'Dead letters' });
    const state = (id: number) => table.locator(`[data-key="${id}"] [data-column="state"]`);
    await state(100_000).waitFor();
    await table.focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByLabel('Payload').getByText('"price": "n/a"').waitFor();
    const { violations } = await new AxeBuilder({ page }).include('[data-pane="QLTY"]').analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    await table.focus();
    await page.keyboard.press('r');
    await eventually(() => state(100_000).textContent()).toBe('retried');
    await page.keyboard.press('j');
    await page.keyboard.press('d');
    await eventually(() => state(99_999).textContent()).toBe('discarded');
    await page.getByRole('button', { name: 'Undo' }).click();
    await eventually(() => state(99_999).textContent()).toBe('open');
    await table.focus();
    await page.keyboard.press('Shift+R');
    await page.getByText('Dead letters: 2 retried, 1 refused again').waitFor();
    await eventually(() => state(99_998).textContent()).toBe('open ×1');
    await eventually(() => table.locator('[data-key]').count()).toBe(1);
    await page.keyboard.press('j');
    await eventually(() => table.locator('[aria-selected="true"]').getAttribute('data-key')).toBe('99998');
    expect(host.quality.letters.filter(({ state }) => state === 'open').map(({ id }) => id)).toEqual([99_998]);
  });

  it('shows days worst first, where bars differ, and the chart of a day; asks for a backfill by key', async () => {
    const { page, host, faults } = await open({
      quality: {
        days: [
          fixtureDay('MSFT', 0),
          fixtureDay('AAPL', 0, { missingMinutes: 4, coveredMinutes: 386, openGaps: 1, barsDiffering: 1 }),
        ],
        differences: [
          {
            symbol: 'AAPL',
            openTimeMs: fixtureDay('AAPL', 0).openMs,
            field: 'high',
            builtValue: 101,
            feedValue: 101.5,
          },
        ],
        gaps: [
          fixtureGap(1),
          fixtureGap(2, { backfill: { ...UNTOUCHED_BACKFILL, state: 'impossible', note: 'No key.' } }),
        ],
      },
      ticksPerSecond: 0,
    });
    await page.getByRole('button', { name: 'Symbol or command' }).click();
    await page.keyboard.type('QLTY');
    await page.keyboard.press('Enter');
    const days = page.getByRole('grid', { name: 'Quality by symbol and day' });
    await days.locator('[data-key]').first().waitFor();
    expect(
      await days.locator('[data-key]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key'))),
    ).toEqual(['2026-11-20 AAPL', '2026-11-20 MSFT']);
    await days.focus();
    await page.keyboard.press('j');
    await page.getByRole('table', { name: 'Where bars differ' }).getByText('101.50').waitFor();
    await page.keyboard.press('b');
    await page.getByText('AAPL: backfill queued').waitFor();
    expect(host.quality.gaps[0]).toMatchObject({ reason: 'requested', symbol: 'AAPL' });
    await days.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('application', { name: 'Chart of AAPL, 1m candles' }).waitFor();
    await page.getByRole('button', { name: 'Symbol or command' }).click();
    await page.keyboard.type('GAPS');
    await page.keyboard.press('Enter');
    const gaps = page.getByRole('grid', { name: 'Gaps' });
    await gaps.getByText('impossible').waitFor();
    await gaps.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('b');
    await eventually(async () => (await gaps.getByText('queued').count()) === 2).toBe(true);
    expect(faults).toEqual([]);
  });
});
