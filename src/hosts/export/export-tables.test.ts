import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../market/index.ts';
import { eventually, startTestHost, type TestHost } from '../../testing/host-test-host.ts';
import { loadProcessConfig } from '../boot.ts';
import { helpText } from '../config/help-text.ts';
import { EXPORT_TABLES, readExportRequest } from './export-request.ts';
import { runExport } from './run-export.ts';

const NEEDS_SYMBOL = new Set(['candles', 'trades', 'indicators']);
const RULE = { symbol: 'AAPL', condition: { kind: 'price-above', price: 1e6 }, note: 'far' };

let dataDir: string;
let running: TestHost;

/** Rows of one table, of the dataset being run or of another. */
async function rowsOf(table: string, dataset?: string): Promise<readonly Record<string, unknown>[]> {
  const flags = { 'data-dir': dataDir, ...(dataset === undefined ? {} : { dataset }) };
  const { config } = loadProcessConfig('export', flags, { environment: {}, workingDir: dataDir });
  const wanted: Record<string, string> = { table, format: 'ndjson', limit: '50' };
  if (NEEDS_SYMBOL.has(table)) wanted['symbol'] = dataset === undefined ? 'AAPL' : 'ZZT';
  const request = readExportRequest(wanted, dataDir, Date.now());
  const standardOutput = new PassThrough();
  const written = text(standardOutput);
  const { signal: stop } = new AbortController();
  const count = await runExport({ config, request, standardOutput, log: silentLog, stop }).finally(() =>
    standardOutput.end(),
  );
  const lines = (await written).split('\n').filter((line) => line !== '');
  expect(lines, table).toHaveLength(count);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await running.get(`/api/v1${path}`, { method: 'POST', body: JSON.stringify(body), headers });
  expect(response.status, path).toBe(201);
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-tables-'));
  const file = join(dataDir, 'other.ndjson');
  await writeFile(
    file,
    '{"type":"trade","symbol":"ZZT","time":"2026-07-13T13:45:01Z","price":10,"size":1,"id":"1"}\n{',
  );
  const other = await startTestHost({ dataDir, kind: 'worker', ui: null, args: ['--replay', file] });
  await other.host.pipelineHost.finished;
  await other.close();
  running = await startTestHost({ dataDir, ui: null, args: ['--symbols', 'AAPL'] });
  await eventually(
    () => rowsOf('candles').catch(() => []),
    (rows) => rows.length === 50,
    60_000,
  );
  await post('/alert-rules', RULE);
  await post('/watchlists', { name: 'Mine', symbols: ['KO'] });
}, 180_000);

afterAll(async () => {
  await running?.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('tables of export', () => {
  test('are all lists of the HTTP interface, and --help names them', async () => {
    const { paths } = (await (await running.get('/api/v1/openapi.json')).json()) as {
      paths: Record<string, { get?: { responses: Record<string, { content?: Record<string, unknown> }> } }>;
    };
    const lists = Object.entries(paths)
      .filter(([, { get }]) => get?.responses['200']?.content?.['text/csv'] !== undefined)
      .map(([path]) => path.replace('/api/v1/', '').replaceAll('/', '-'));
    expect([...EXPORT_TABLES].sort()).toEqual(lists.sort());
    for (const table of EXPORT_TABLES) expect(helpText()).toMatch(new RegExp(`\\b${table}\\b`));
  });

  test('may be written as databases write them', () => {
    for (const table of EXPORT_TABLES) {
      expect(readExportRequest({ table: table.replaceAll('-', '_') }, dataDir, 0).table).toBe(table);
    }
  });

  test('are read through the running instance and, but for quotes, of another dataset too', async () => {
    const found = new Map<string, number>();
    for (const table of EXPORT_TABLES) found.set(table, (await rowsOf(table)).length);
    for (const table of ['candles', 'quotes', 'alert-rules', 'watchlists', 'symbols', 'calendar', 'data-quality']) {
      expect(found.get(table), table).toBeGreaterThan(0);
    }
    for (const table of EXPORT_TABLES.filter((name) => name !== 'quotes')) await rowsOf(table, 'replay-other');
    expect(await rowsOf('dead_letters', 'replay-other')).toMatchObject([{ position: 2 }]);
    expect(await rowsOf('alert_rules', 'replay-other')).toEqual([]);
    expect(await rowsOf('watchlists', 'replay-other')).toEqual(await rowsOf('watchlists'));
    await expect(rowsOf('quotes', 'replay-other')).rejects.toMatchObject({
      problem: { status: 400, detail: expect.stringContaining('only the dataset being run') as string },
    });
  }, 180_000);

  test('are the same from the folder once nothing runs, but for quotes', async () => {
    const tables = ['alert-rules', 'watchlists'];
    const live = await Promise.all(tables.map((table) => rowsOf(table)));
    expect(live[0]).toMatchObject([RULE]);
    expect(live[1]).toMatchObject([{ id: 'default' }, { name: 'Mine', symbols: ['KO'] }]);
    await running.close();
    for (const [index, table] of tables.entries()) expect(await rowsOf(table), table).toEqual(live[index]);
    for (const table of ['calendar', 'data-quality']) {
      expect((await rowsOf(table)).length, table).toBeGreaterThan(0);
    }
    await expect(rowsOf('quotes')).rejects.toMatchObject({ code: 'unsupported' });
  }, 180_000);
});
