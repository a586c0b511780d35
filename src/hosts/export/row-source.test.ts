import { describe, expect, test } from 'vitest';
import type { QualityQueries } from '../../store/quality-store.ts';
import type { QueryStore } from '../../store/store.ts';
import { candleOf } from '../../testing/store-rows.ts';
import { readExportRequest } from './export-request.ts';
import type { ExportTable } from './export-request.ts';
import { exportRows, storePages } from './row-source.ts';
import type { FetchPage } from './row-source.ts';

const NOW_MS = Date.parse('2026-07-13T20:00:00Z');
const MINUTE_MS = 60_000;

/** Every value of each of the minutes before now differs. */
function storeWithDifferences(minutes: number): QueryStore {
  const all = Array.from({ length: minutes }, (_, index) => {
    const openTimeMs = NOW_MS - (minutes - index) * MINUTE_MS;
    const other = { open: 1, high: 2, low: 3, close: 4, volume: 5, source: 'feed-bar' } as const;
    return { built: candleOf({ openTimeMs }), feed: candleOf({ openTimeMs, ...other }) };
  });
  const barDifferences: QualityQueries['barDifferences'] = ({ fromMs, toMs }, limit, end) => {
    const found = all.filter(({ built }) => built.openTimeMs >= fromMs && built.openTimeMs < toMs);
    return Promise.resolve(end === 'first' ? found.slice(0, limit) : found.slice(-limit));
  };
  return { barDifferences } as Partial<QueryStore> as QueryStore;
}

async function exported(table: ExportTable, store: QueryStore, flags: Readonly<Record<string, string>> = {}) {
  const fetchPage = storePages({
    store,
    config: { dataset: 'mock', indicatorPeriods: {} as never },
    watchlists: [],
    clock: { now: () => NOW_MS },
  });
  const stop = new AbortController().signal;
  const rows = [];
  for await (const page of exportRows(readExportRequest({ table, ...flags }, '/', NOW_MS), fetchPage, stop)) {
    rows.push(...page);
  }
  return rows;
}

describe('rows of an export', () => {
  test('are all of the last five days, however many pages that takes', async () => {
    const store = storeWithDifferences(7_200 + 60);
    const rows = await exported('data-quality-differences', store);
    expect(new Set(rows.map(({ openTime, field }) => `${String(openTime)} ${String(field)}`)).size).toBe(5 * 7_200);
    expect(rows).toHaveLength(5 * 7_200);
    expect(rows[0]).toMatchObject({ openTime: '2026-07-08T20:00:00.000Z' });
  });

  test('are those of the five days before --to where only that is given', async () => {
    const rows = await exported('data-quality-differences', storeWithDifferences(60), { to: '2026-07-13T19:10:00Z' });
    expect(rows).toHaveLength(5 * 10);
  });

  test('end with the page that is under way when the export is asked to stop', async () => {
    const stop = new AbortController();
    let pages = 0;
    const fetchPage: FetchPage = () => {
      pages++;
      stop.abort();
      return Promise.resolve({ rows: [{}], nextCursor: pages < 5 ? 'more' : null });
    };
    const request = readExportRequest({ symbol: 'AAPL' }, '/', NOW_MS);
    const read = async (): Promise<void> => {
      for await (const rows of exportRows(request, fetchPage, stop.signal)) expect(rows).toHaveLength(1);
    };
    await expect(read()).rejects.toMatchObject({ code: 'closed' });
    expect(pages).toBe(1);
  });
});
