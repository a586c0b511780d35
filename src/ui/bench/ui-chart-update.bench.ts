import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import { type Benchmark, median } from '../../testing/benchmark.ts';
import { launchBrowser } from '../../testing/browser.ts';
import { buildPages } from '../../testing/build-renderer.ts';
import type { ChartUpdateTimes } from './chart-update-page.ts';

const UPDATES = 130;
const GOAL = 3;

/** What a tick costs the chart, in milliseconds of script, against the stock chart as Highcharts gives it. */
export const uiChartUpdate: Benchmark = {
  name: 'ui-chart-update',
  goal: `>= ${GOAL}x`,
  isMet: ({ ratio }) => (ratio ?? 0) >= GOAL,
  skipReason: () => null,
  run: async () => {
    const folder = await buildPages({ chart: resolve(import.meta.dirname, 'chart-update.html') });
    const server = createServer((request, response) => {
      const file = resolve(folder, `.${request.url ?? '/'}`);
      const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' } as const;
      const type = types[file.split('.').pop() as keyof typeof types] ?? 'application/octet-stream';
      readFile(file).then(
        (content) => response.writeHead(200, { 'content-type': type }).end(content),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening);
    });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1_280, height: 1_500 } });
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/bench/chart-update.html`);
      const times = await page.evaluate<ChartUpdateTimes>(`window.measureChartUpdates(${UPDATES})`);
      const value = median(times.subjectMs);
      const baselineValue = median(times.baselineMs);
      return {
        value,
        unit: 'ms',
        baseline: 'Highcharts.stockChart with its defaults (grouping off: with it the update does nothing)',
        baselineValue,
        ratio: baselineValue / value,
        conditions:
          `last bar of 5,000 candles, ${Math.round(times.visibleBars)} of them visible, three overlays, one update an ` +
          `animation frame, median script time of ${times.subjectMs.length} updates in turn, headless Chromium`,
      };
    } finally {
      await browser.close();
      server.close();
    }
  },
};
