import type { Page } from 'playwright';
import type { Benchmark, BenchmarkResult } from '../../testing/benchmark.ts';
import { launchBrowser } from '../../testing/browser.ts';
import { buildRenderer } from '../../testing/build-renderer.ts';
import { startUiFixtureHost } from '../../testing/ui-fixture-host.ts';

const SYMBOLS = 300;
const TICKS_PER_SECOND = 20_000;
const WARM_UP_MS = 4_000;
const MEASURE_MS = 10_000;
const FPS_GOAL = 55;
const TICK_TO_PAINT_GOAL_MS = 150;

let tickToPaintP99Ms = Number.POSITIVE_INFINITY;

/** The watchlist alone: the chart has its own entry. */
const LAYOUT = {
  global: {},
  layout: {
    type: 'row',
    children: [{ type: 'tabset', children: [{ type: 'tab', component: 'W', name: 'Watchlist' }] }],
  },
};

/** The real UI in a real browser, fed over a WebSocket as a host does it: every row changes in every frame. */
export const uiWatchlist300: Benchmark = {
  name: 'ui-watchlist-300',
  goal: `>= ${FPS_GOAL} fps, tick to paint p99 <= ${TICK_TO_PAINT_GOAL_MS} ms`,
  isMet: ({ value }) => value >= FPS_GOAL && tickToPaintP99Ms <= TICK_TO_PAINT_GOAL_MS,
  skipReason: () => null,
  run: async () => {
    const folder = await buildRenderer();
    const browser = await launchBrowser();
    const host = await startUiFixtureHost({
      folder,
      symbolCount: SYMBOLS,
      ticksPerSecond: TICKS_PER_SECOND,
      settings: { activeWatchlist: 'everything' },
      layout: JSON.stringify(LAYOUT),
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 960 } });
      await page.goto(host.url);
      await page.locator('[data-symbol="AAPL"]').waitFor();
      await page.waitForTimeout(WARM_UP_MS);
      host.tickToPaintMs.length = 0;
      const framesPerSecond = await measureFramesPerSecond(page, MEASURE_MS);
      tickToPaintP99Ms = percentile(host.tickToPaintMs, 0.99);
      const rows = await page.locator('[data-pane="W"] [role="rowgroup"] [role="row"]').count();
      return result(framesPerSecond, rows, percentile(host.tickToPaintMs, 0.5));
    } finally {
      await browser.close();
      await host.close();
    }
  },
};

function result(framesPerSecond: number, rows: number, p50Ms: number): BenchmarkResult {
  return {
    value: framesPerSecond,
    unit: 'fps',
    baseline: null,
    baselineValue: null,
    ratio: null,
    conditions:
      `${SYMBOLS} symbols, ${rows} rows drawn, ${TICKS_PER_SECOND} ticks/s for ${MEASURE_MS / 1000} s over a WebSocket ` +
      `from a host on the same machine, headless Chromium without a GPU; tick to paint p50 ${p50Ms.toFixed(0)} ms, ` +
      `p99 ${tickToPaintP99Ms.toFixed(0)} ms`,
  };
}

/** As text, because a compiled function would call helpers that the page does not have. */
function measureFramesPerSecond(page: Page, durationMs: number): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const startMs = performance.now();
    let frames = 0;
    requestAnimationFrame(function count() {
      frames++;
      const passedMs = performance.now() - startMs;
      if (passedMs < ${durationMs}) requestAnimationFrame(count);
      else resolve((frames / passedMs) * 1000);
    });
  })`);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
