import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, startTestHost } from '../testing/host-test-host.ts';
import { runTestCommand } from '../testing/run-test-command.ts';
import type { Ran } from '../testing/run-test-command.ts';

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-set-aside-'));
  dataDir = join(folder, 'my data');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<Ran> => runTestCommand(args, { workingDir: folder });

async function replay(name: string): Promise<void> {
  const trade = { type: 'trade', symbol: 'ZZT', time: '2026-07-13T13:45:01Z', price: 10, size: 1, id: '1' };
  await writeFile(join(folder, `${name}.ndjson`), `${JSON.stringify(trade)}\n`);
  const ran = await run('worker', '--data-dir', dataDir, '--replay', `${name}.ndjson`);
  expect(ran.code, ran.err).toBe(0);
}

test('a damaged database is refused with the command that sets it aside, after which the message log fills a new one', async () => {
  await replay('one');
  const database = join(dataDir, 'datasets', 'replay-one', 'database');
  await writeFile(join(database, 'global', 'pg_control'), Buffer.alloc(8192, 7));
  const refused = await run('worker', '--data-dir', dataDir, '--replay', 'one.ndjson');
  expect(refused.code).toBe(1);
  const command = /stopped: npm run store -- (set-aside --dataset replay-one --data-dir) "(.+)"$/m.exec(refused.err);
  expect(command?.[2], refused.err).toBe(dataDir);

  const done = await run('store', ...(command?.[1] ?? '').split(' '), dataDir);
  expect(done.code, done.err).toBe(0);
  const kept = /is kept as (.+\.damaged-20\d\d-.+Z)\. The next start/.exec(done.out)?.[1] ?? '';
  expect(dirname(kept)).toBe(dirname(database));
  expect(await readdir(kept)).toContain('PG_VERSION');

  const host = await startTestHost({
    dataDir,
    kind: 'worker',
    args: ['--feed', 'replay', '--dataset', 'replay-one', '--roles', 'analyze,persist'],
    ui: null,
  });
  try {
    await eventually(
      async () => (await (await host.get('/api/v1/trades?symbol=ZZT')).json()) as { data?: unknown[] },
      ({ data }) => data?.length === 1,
      60_000,
    );
    const locked = await run('store', 'set-aside', '--data-dir', dataDir);
    expect([locked.code, locked.out]).toEqual([1, '']);
    expect(locked.err).toContain('stop that TapeDeck first');
  } finally {
    await host.close();
  }
}, 120_000);

test('which database is set aside is asked where there are several, and nothing is made where there is none', async () => {
  expect(await run('store', 'set-aside', '--data-dir', dataDir)).toMatchObject({ code: 1, out: '' });
  expect(await readdir(folder)).toEqual([]);
  await replay('one');
  await replay('two');
  const { code, out, err } = await run('store', 'set-aside', '--data-dir', dataDir);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('choose one of replay-one, replay-two with --dataset');
}, 120_000);
