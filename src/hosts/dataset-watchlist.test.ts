import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DATASET_WATCHLIST_ID } from '../contract/index.ts';
import type { ServerEvent } from '../contract/index.ts';
import { eventually, startTestHost } from '../testing/host-test-host.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-dataset-list-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeTrades(name: string, symbols: readonly string[]): Promise<string> {
  const file = join(folder, name);
  const lines = symbols.map((symbol, index) =>
    JSON.stringify({
      type: 'trade',
      symbol,
      time: `2026-07-13T13:45:0${index}Z`,
      price: 100 + index,
      size: 1,
      id: '1',
    }),
  );
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

const firstList = (
  lists: readonly { readonly id: string; readonly name: string; readonly symbols: readonly string[] }[],
) => lists[0]?.symbols;

test('a replay lists the symbols of its file first, as they come, and tells screens; the settings keep their own', async () => {
  const file = await writeTrades('Two Days.ndjson', ['ZION', 'ABB', 'lower case']);
  const running = await startTestHost({ args: ['--replay', file, '--speed', 'max'] });
  try {
    const events: ServerEvent[] = [];
    running.host.pipelineHost.onEvent((event) => events.push(event));
    const client = createRouterClient(running.host.router);
    const lists = await eventually(
      () => client.watchlists.list(),
      (found) => firstList(found)?.length === 2,
    );
    expect(lists[0]).toEqual({ id: DATASET_WATCHLIST_ID, name: 'Two Days.ndjson', symbols: ['ZION', 'ABB'] });
    expect(lists.slice(1).map(({ id }) => id)).toEqual(['default']);
    expect(lists[1]?.symbols).toContain('AAPL');

    const own = { id: 'mine', name: 'Mine', symbols: ['IBM'] };
    expect((await client.watchlists.save({ watchlist: own })).map(({ id }) => id)).toEqual([
      DATASET_WATCHLIST_ID,
      'default',
      'mine',
    ]);
    const ids = [DATASET_WATCHLIST_ID, 'mine', 'default'];
    expect((await client.watchlists.reorder({ ids })).map(({ id }) => id)).toEqual(ids);
    expect((await client.watchlists.exportText({ ids: [DATASET_WATCHLIST_ID], format: 'csv' })).text).toContain('ZION');
    await expect(client.watchlists.remove({ id: DATASET_WATCHLIST_ID })).rejects.toThrow(/replayed file/);
    await expect(
      client.watchlists.save({ watchlist: { id: DATASET_WATCHLIST_ID, name: 'x', symbols: [] } }),
    ).rejects.toThrow(/replayed file/);
    const told = events.filter((event) => event.type === 'watchlists').map(({ watchlists }) => firstList(watchlists));
    expect(told.at(-1)).toEqual(['ZION', 'ABB']);
  } finally {
    await running.close();
  }
});

test('a replay of chosen symbols lists those, also when it was stored before', async () => {
  const file = await writeTrades('chosen.ndjson', ['ABB', 'IBM', 'ZION']);
  const dataDir = join(folder, 'chosen');
  for (const speed of ['max', '1']) {
    const args = ['--replay', file, '--symbols', 'ZION,IBM', '--speed', speed];
    const running = await startTestHost({ args, dataDir });
    const client = createRouterClient(running.host.router);
    const listed = await eventually(
      async () => firstList(await client.watchlists.list()) ?? [],
      (symbols) => symbols.length === 2,
    );
    expect([...listed].sort()).toEqual(['IBM', 'ZION']);
    await running.close();
  }
});

test('a market that is no replay adds no list', async () => {
  const running = await startTestHost();
  const lists = await createRouterClient(running.host.router).watchlists.list();
  expect(lists.map(({ id }) => id)).toEqual(['default']);
  await running.close();
});
