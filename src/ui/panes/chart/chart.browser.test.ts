import { describe, expect, it } from 'vitest';
import { eventually, uiPages } from '../../../testing/ui-pages.ts';

const open = uiPages();

describe('chart', () => {
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

  it('offers the indicators of the host and draws one with a strip of its own', async () => {
    const { page } = await open({ ticksPerSecond: 20 });
    await page.getByRole('button', { name: 'Indicators' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Volatility 20' }).click();
    await page.keyboard.press('Escape');
    const legend = page.locator('[data-pane="GP"]').getByText('Volatility 20');
    await legend.waitFor();
    await eventually(() => legend.locator('xpath=following-sibling::b').textContent()).toMatch(/\d/);
  });

  it('underlines the candles that a backfill made, and no others', async () => {
    const { page } = await open();
    const line = page.getByTestId('chart-backfilled').first();
    await line.waitFor();
    const image = await line.evaluate((element) => element.style.backgroundImage);
    const [from = 0, to = 0, ...others] = [...new Set([...image.matchAll(/([\d.]+)px/g)].map(([, px]) => Number(px)))];
    expect(others).toEqual([]);
    const box = await line.boundingBox();
    const legend = page.locator('[data-pane="GP"]').getByText('backfilled');
    const seenAt = async (x: number): Promise<boolean> => {
      await page.mouse.move((box?.x ?? 0) + x, (box?.y ?? 0) - 20);
      return legend.isVisible();
    };
    const candlePx = (to - from) / 10;
    for (const x of [from + candlePx / 2, to - candlePx / 2]) await eventually(() => seenAt(x)).toBe(true);
    for (const x of [from - candlePx, to + candlePx]) await eventually(() => seenAt(x)).toBe(false);
  });
});
