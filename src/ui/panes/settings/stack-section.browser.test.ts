import { describe, expect, test } from 'vitest';
import { fixtureService } from '../../../testing/ui-fixture-stack.ts';
import { eventually, uiPages } from '../../../testing/ui-pages.ts';

const openPage = uiPages();

const UP = [
  fixtureService('kafka', 'Kafka', { state: 'running', health: 'healthy', ports: ['127.0.0.1:9092'] }),
  fixtureService('database', 'TimescaleDB', { state: 'running', health: 'healthy', ports: ['127.0.0.1:5432'] }),
];

describe('the stack in Settings', () => {
  test('STACK brings it up; a start shows what is pulled, then each service’s health', async () => {
    const { page, host, faults } = await openPage();
    await page.locator('[data-pane="W"] [data-symbol]').first().waitFor();
    await page.keyboard.press('Control+KeyK');
    await page.getByPlaceholder('Symbol, function or command').fill('STACK');
    await page.keyboard.press('Enter');
    const pane = page.locator('[data-pane="SET"]');
    await pane.getByRole('switch', { name: 'With tools' }).click();
    await expect.poll(() => pane.locator('[data-service="kafka"]').innerText()).toContain('not started');
    await pane.getByRole('button', { name: 'Start and move the pipeline' }).click();
    await eventually(() => host.stack.asked).toEqual(['start tools and switch']);
    host.stack.change({ progress: [{ subject: 'kafka', text: 'downloading 50 of 200 MB', percent: 25 }] });
    await eventually(() => pane.getByLabel('Progress').innerText()).toContain('downloading 50 of 200 MB');
    await pane.getByRole('button', { name: 'Cancel' }).click();
    await eventually(() => host.stack.asked.at(-1)).toBe('cancel');
    host.stack.change({ work: 'none', services: UP, running: 'bundled' });
    await eventually(() => pane.locator('[data-service="database"]').getAttribute('data-look')).toBe('good');
    expect(await pane.getByLabel('Progress').count()).toBe(0);
    await pane.getByRole('button', { name: 'Back to embedded', exact: true }).click();
    await eventually(() => host.stack.asked.at(-1)).toBe('switch to embedded');
    expect(faults).toEqual([]);
  });

  test('without Docker it says what to install, and offers nothing but to look again', async () => {
    const text =
      'The bundled stack needs Docker. Install Docker Engine. Until then TapeDeck stays on the embedded stack.';
    const { page } = await openPage({ stack: { services: [], problem: { kind: 'not-installed', text } } });
    await page.locator('[data-pane="W"] [data-symbol]').first().waitFor();
    await page.keyboard.press('Control+Comma');
    const pane = page.locator('[data-pane="SET"]');
    await eventually(() => pane.getByRole('alert').innerText()).toBe(text);
    expect(await pane.getByRole('button', { name: 'Start', exact: true }).count()).toBe(0);
    expect(await pane.getByRole('button', { name: 'Look again' }).count()).toBe(1);
  });

  test('a screen of another machine’s host says that the stack is not started from here', async () => {
    const problem = { kind: 'elsewhere', text: 'On its own machine: npm run stack -- up.' };
    const { page } = await openPage({ stack: { services: [], isManagedHere: false, problem, running: 'remote' } });
    await page.locator('[data-pane="W"] [data-symbol]').first().waitFor();
    await page.keyboard.press('Control+Comma');
    const pane = page.locator('[data-pane="SET"]');
    await eventually(() => pane.getByRole('alert').innerText()).toBe(problem.text);
    expect(await pane.getByRole('button', { name: /^(start|look again|back|move)/i }).count()).toBe(0);
  });
});
