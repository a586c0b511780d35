import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runTestCommand } from '../testing/run-test-command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-replay-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<Ran> => runTestCommand(args, { workingDir: folder });

const LINES = [
  { type: 'trade', symbol: 'AAPL', time: '2026-07-13T13:45:01.120034501Z', price: 101.25, size: 100, id: '17' },
  { type: 'trade', symbol: 'AAPL', time: '2026-07-13T13:45:31Z', price: 101.5, size: 50, id: '18' },
  { type: 'trade', symbol: 'AAPL', time: '2026-07-13T13:45:31Z', price: 101.5, size: 50, id: '18' },
  { type: 'trade', symbol: 'AAPL', time: '2026-07-13T13:46:02Z', price: 101.0, size: 10, id: '19' },
];

test('a worker replays a file, ends with 0 when it is stored, and the rows can be exported', async () => {
  const file = join(folder, 'day.ndjson');
  await writeFile(
    file,
    [...LINES.map((line) => JSON.stringify(line)), '{"type":"trade","symbol":"AAPL"}', ''].join('\n'),
  );
  const recorded = join(folder, 'recorded.ndjson');
  const dataDir = join(folder, 'data');
  const replayed = await run('worker', '--replay', file, '--data-dir', dataDir, '--record', recorded);
  expect(replayed.code, replayed.err).toBe(0);
  expect(replayed.out).toBe('');

  const trades = await run(
    'export',
    '--data-dir',
    dataDir,
    '--table',
    'trades',
    '--symbol',
    'AAPL',
    '--format',
    'ndjson',
  );
  const rows = trades.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows.map((row) => row['id'])).toEqual(['17', '18', '19']);
  expect(rows[0]).toMatchObject({ time: '2026-07-13T13:45:01.120034501Z', source: 'replay' });

  const candles = await run(
    'export',
    '--data-dir',
    dataDir,
    '--table',
    'candles',
    '--symbol',
    'AAPL',
    '--interval',
    '1m',
  );
  expect(candles.out.split('\n')[1]).toMatch(/^AAPL,1m,2026-07-13T13:45:00.000Z,101.25,101.5,101.25,101.5,150,/);

  const letters = await run('export', '--data-dir', dataDir, '--table', 'dead-letters', '--format', 'ndjson');
  expect(JSON.parse(letters.out)).toMatchObject({ position: 5 });

  const again = await run(
    'worker',
    '--replay',
    recorded,
    '--data-dir',
    join(folder, 'again'),
    '--dataset',
    'replay-day',
  );
  expect(again.code, again.err).toBe(0);
  const same = await run('export', '--data-dir', join(folder, 'again'), '--symbol', 'AAPL');
  expect(same.out).toBe(candles.out);
  expect(await readFile(recorded, 'utf8')).toContain('"id":"17"');
}, 120_000);

test('a file that is not there is bad usage', async () => {
  const { code, err } = await run('worker', '--replay', 'none.ndjson', '--data-dir', join(folder, 'none'));
  expect(code).toBe(2);
  expect(err).toContain('--replay: there is no file');
});
