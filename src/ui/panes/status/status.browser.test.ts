import { describe, expect, it } from 'vitest';
import { fixtureHealth, fixtureSharedHealth } from '../../../testing/ui-fixture-health.ts';
import { eventually, uiPages } from '../../../testing/ui-pages.ts';

const open = uiPages();

describe('health pane', () => {
  it('shows every stage, role and partition of one process', async () => {
    const { page, faults } = await open({ health: fixtureHealth(), layout: LAYOUT });
    const pane = page.locator('[data-pane="HLTH"]');
    await pane.locator('[data-stage="exchange_to_screen"]').getByText('91 ms').waitFor();
    expect(await pane.locator('[data-stage]').count()).toBe(8);
    expect(await pane.locator('[data-role]').count()).toBe(5);
    await pane.getByRole('img', { name: 'partitions 0, 1, 2' }).first().waitFor();
    await pane.getByText('ingest queue').waitFor();
    expect(faults).toEqual([]);
  });

  it('tells which host of a shared pipeline stands by, which is behind, whose clock is off and which is silent', async () => {
    const { page } = await open({ health: fixtureSharedHealth(), layout: LAYOUT });
    const host = (id: string) => page.locator(`[data-host^="${id}"]`);
    await host('worker-feeds-2').getByText('standby').waitFor();
    await host('worker-feeds-1').getByText('8.42k of 10.0k').waitFor();
    await host('worker-math-1').getByText('clock +412 ms').waitFor();
    expect(await host('worker-math-1').locator('[data-role="persist"] [data-lag="high"]').count()).toBeGreaterThan(0);
    await host('worker-math-2').getByText('silent 2m').waitFor();
    expect(await host('worker-math-2').getAttribute('data-presence')).toBe('lost');
    await page.locator('[data-stage="ingest_to_desk"]').getByText('skew 410 ms').waitFor();
  });

  it('says what it waits for while the pipeline starts, and keeps the last figures when the line breaks', async () => {
    const starting = await open({ health: null });
    await starting.page.getByText('Latency and roles come as soon as the pipeline runs').waitFor();
    const { page, host } = await open({ health: fixtureHealth() });
    const whole = page.locator('[data-stage="exchange_to_screen"]');
    await whole.getByText('91 ms').waitFor();
    host.setReachable(false);
    await page.getByText('Offline.').waitFor();
    await eventually(() => whole.getByText('91 ms').isVisible()).toBe(true);
  });

  it('dims the figures of a pipeline that has ended', async () => {
    const status: { pipelineRun: number | null } = { pipelineRun: 1 };
    const { page } = await open({ health: fixtureHealth(), layout: LAYOUT, status });
    const figures = page.locator(':has([data-stage="exchange_to_screen"])');
    const opacity = () =>
      figures.evaluateAll((around) => Math.min(...around.map((element) => Number(getComputedStyle(element).opacity))));
    await page.locator('[data-stage="exchange_to_screen"]').getByText('91 ms').waitFor();
    expect(await opacity()).toBe(1);
    status.pipelineRun = null;
    await eventually(opacity).toBe(0.5);
  });
});

const LAYOUT = JSON.stringify({
  global: {},
  borders: [],
  layout: {
    type: 'row',
    children: [{ type: 'tabset', weight: 100, children: [{ type: 'tab', name: 'Health', component: 'HLTH' }] }],
  },
});
