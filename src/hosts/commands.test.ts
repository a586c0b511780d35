import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startTestHost } from '../testing/host-test-host.ts';
import type { TestHost } from '../testing/host-test-host.ts';
import { runTestCommand } from '../testing/run-test-command.ts';
import type { Ran } from '../testing/run-test-command.ts';

const nothing: Readonly<Record<string, string>> = {};

const run = (args: readonly string[], environment = nothing, stop = new AbortController()): Promise<Ran> =>
  runTestCommand(args, { environment, workingDir: folder, stop });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-commands-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the command line', () => {
  test('--version, --help and --check-config answer on standard output', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
    expect((await run(['worker', '--help'])).out).toContain('--replay');
    const checked = await run(['web', '--check-config', '--symbols', 'AAPL']);
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.out)).toMatchObject({
      settings: { symbols: { value: ['AAPL'], from: 'flag --symbols' }, stack: { value: 'embedded', from: 'default' } },
    });
  });

  test('asking what is in effect makes nothing, not even the password of the bundled stack', async () => {
    const asked = await run(['web', '--stack', 'bundled', '--check-config', '--data-dir', join(folder, 'asked')]);
    expect(JSON.parse(asked.out)).toMatchObject({ isValid: true, settings: { stack: { value: 'bundled' } } });
    expect(await readdir(folder)).not.toContain('asked');
  });

  test.each(['store', 'stack'])('%s without a verb ends with code 2 and what there is', async (command) => {
    const { code, out, err } = await run([command]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`Usage: npm run ${command} -- `);
    expect((await run([command, '--help'])).out).toBe(err);
    expect((await run(['--help'])).out).toContain(`npm run ${command}`);
  });

  test.each([
    [['web', '--stack', 'cloud'], '--stack: "cloud"'],
    [['cook'], 'there is no command "cook"'],
    [['web', '--colour', 'red'], "'--colour'"],
    [['export', '--table', 'secrets'], '--table: "secrets" must be one of candles'],
    [['export', '--format', 'xlsx'], '--format: "xlsx"'],
  ])('%j ends with code 2 and the name of what is wrong', async (args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  test('exporting from a folder that holds nothing is a failure that says so', async () => {
    const { code, err } = await run(['export', '--symbol', 'AAPL', '--data-dir', join(folder, 'empty')]);
    expect(code).toBe(1);
    expect(err).toContain('holds nothing of dataset mock');
  });

  test('a port that was asked for and is taken ends with code 1', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    const { code, err } = await run(['web', '--data-dir', join(folder, 'taken'), '--port', String(port)]);
    blocker.close();
    expect(code).toBe(1);
    expect(err).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(await readdir(join(folder, 'taken'))).not.toContain('tapedeck.lock');
  });

  test('a port for figures that is taken is named with its own flag', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    const { code, err } = await run(['worker', '--data-dir', join(folder, 'figures'), '--metrics-port', String(port)]);
    blocker.close();
    expect(code).toBe(1);
    expect(err).toContain('choose another with --metrics-port');
  });

  test('what is no certificate ends with code 2 and the names of both files', async () => {
    const file = join(folder, 'no-certificate.pem');
    await writeFile(file, 'nothing');
    for (const [path, wanted] of [
      [join(folder, 'missing.pem'), 'TAPEDECK_TLS_CERT'],
      [file, 'TAPEDECK_TLS_CERT, TAPEDECK_TLS_KEY: must be'],
    ] as const) {
      const environment = { TAPEDECK_TLS_CERT: path, TAPEDECK_TLS_KEY: path };
      const { code, err } = await run(['web', '--data-dir', join(folder, 'tls'), '--port', '0'], environment);
      expect(code).toBe(2);
      expect(err).toContain(wanted);
    }
  });

  test('without being asked for, a taken port makes way for the next free one', async () => {
    const blocker = createServer().on('error', () => undefined);
    await new Promise<void>((resolve) => blocker.on('error', () => resolve()).listen(8484, '127.0.0.1', resolve));
    const stop = new AbortController();
    const dataDir = join(folder, 'moved');
    const running = run(['web', '--data-dir', dataDir], nothing, stop);
    const lock = await eventually(
      () => readFile(join(dataDir, 'tapedeck.lock'), 'utf8').catch(() => ''),
      (text) => text.includes('http://'),
      60_000,
    );
    stop.abort();
    await running;
    blocker.close();
    expect(Number(new URL((JSON.parse(lock) as { url: string }).url).port)).toBeGreaterThan(8484);
  });

  test('with broker and database away a host starts, shows the state and stops when asked', async () => {
    const environment = { KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1', POSTGRES_DSN: 'postgresql://u:p@127.0.0.1:1/d' };
    const away = await startTestHost({ args: ['--stack', 'remote'], environment });
    const status = (await (await away.get('/api/v1/status')).json()) as { components: unknown[] };
    expect(status.components).toEqual([expect.objectContaining({ name: 'pipeline', state: 'down' })]);
    expect((await fetch(`${away.url}/readyz`)).status).toBe(503);
    expect((await away.get('/api/v1/candles?symbol=AAPL')).status).toBe(503);
    await away.close();
  });

  test('where no window can be opened the same is served, and the reason is said in one line', async () => {
    const stop = new AbortController();
    const args = ['desktop', '--instead-of', 'There is no display', '--data-dir', join(folder, 'windowless')];
    const running = run([...args, '--port', '0'], nothing, stop);
    await eventually(
      () => readFile(join(folder, 'windowless', 'tapedeck.lock'), 'utf8').catch(() => ''),
      (text) => text.includes('http://'),
      60_000,
    );
    stop.abort();
    const { code, out, err } = await running;
    expect(code, err).toBe(0);
    expect(err).toMatch(/^There is no display; serving the same window in your browser instead\.\n/);
    expect(out).toMatch(/^TapeDeck is at http:/);

    const elsewhere = await run([...args, '--url', 'https://desk.example']);
    expect(elsewhere).toEqual({
      code: 1,
      out: '',
      err: 'tapedeck: There is no display: open https://desk.example in a browser instead, it shows the same window.\n',
    });
  });

  test('a data folder that cannot be one ends with code 2 and its name', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const { code, err } = await run(['worker', '--data-dir', join(file, 'data')]);
    expect(code).toBe(2);
    expect(err).toContain(file);
  });

  test('being asked to stop ends a host with code 0 and frees its folder', async () => {
    const stop = new AbortController();
    const dataDir = join(folder, 'stopped');
    const running = run(['web', '--data-dir', dataDir, '--port', '0'], nothing, stop);
    await eventually(
      () => readFile(join(dataDir, 'tapedeck.lock'), 'utf8').catch(() => ''),
      (text) => text.includes('http://'),
      60_000,
    );
    stop.abort();
    const { code, err } = await running;
    expect(code, err).toBe(0);
    expect(await readdir(dataDir)).not.toContain('tapedeck.lock');
  });
});

describe('export and a second start', () => {
  let running: TestHost;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = join(folder, 'shared');
    await mkdir(dataDir);
    running = await startTestHost({ dataDir, kind: 'worker', args: ['--symbols', 'AAPL'], ui: null });
    await eventually(
      async () =>
        ((await (await running.get('/api/v1/candles?symbol=AAPL&limit=5')).json()) as { data?: unknown[] }).data,
      (data) => data?.length === 5,
      60_000,
    );
  }, 90_000);

  afterAll(() => running?.close());

  test('a second instance on the folder is refused, with the process and where it listens', async () => {
    const { code, err } = await run(['web', '--data-dir', dataDir, '--port', '0']);
    expect(code).toBe(1);
    expect(err).toContain(`process ${process.pid}`);
    expect(err).toContain(running.url);
  });

  test('rows come through the running instance, and the same from the folder once it is stopped', async () => {
    const { data } = (await (await running.get('/api/v1/candles?symbol=AAPL&limit=30')).json()) as {
      data: { openTime: string }[];
    };
    const from = data[0]?.openTime ?? '';
    const to = data[20]?.openTime ?? '';
    const args = [
      '--data-dir',
      dataDir,
      '--table',
      'candles',
      '--symbol',
      'AAPL',
      '--interval',
      '1m',
      '--from',
      from,
      '--to',
      to,
    ];
    const live = await run(['export', ...args, '--format', 'csv']);
    expect(live.code, live.err).toBe(0);
    expect(live.out.trimEnd().split('\n')).toHaveLength(21);
    const unknown = await run(['export', '--data-dir', dataDir, '--symbol', 'AAPLX']);
    expect([unknown.code, unknown.out]).toEqual([1, '']);
    expect(unknown.err).toContain('Did you mean AAPL');

    await running.close();
    const offline = await run(['export', ...args, '--format', 'csv']);
    expect(offline.out).toBe(live.out);

    const lines = (await run(['export', ...args, '--format', 'ndjson'])).out.trimEnd().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ symbol: 'AAPL', openTime: from });

    const file = join(folder, 'candles.parquet');
    const written = await run(['export', ...args, '--out', file]);
    expect(written).toMatchObject({ code: 0, out: '', err: `20 rows in ${file}\n` });
    const bytes = await readFile(file);
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    });
    expect(rows).toHaveLength(20);
    expect(rows[0]).toMatchObject({
      symbol: 'AAPL',
      openTime: new Date(from),
      close: expect.any(Number) as number,
      vwap: expect.any(Number) as number,
      isClosed: true,
      source: expect.any(String) as string,
    });
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  }, 60_000);

  test('another dataset is exported by its name, from the folder and through a running instance', async () => {
    const file = join(folder, 'two.ndjson');
    const trade = (id: number): string =>
      JSON.stringify({
        type: 'trade',
        symbol: 'ZZT',
        time: `2026-07-13T13:45:0${id}Z`,
        price: 10 + id,
        size: 1,
        id: `${id}`,
      });
    await writeFile(file, `${trade(1)}\n${trade(2)}\n`);
    expect((await run(['worker', '--data-dir', dataDir, '--replay', file])).code).toBe(0);
    const args = ['export', '--data-dir', dataDir, '--table', 'trades', '--symbol', 'ZZT', '--dataset', 'replay-two'];
    const offline = await run(args);
    expect(offline.out.trimEnd().split('\n')).toHaveLength(3);

    const again = await startTestHost({ dataDir, kind: 'worker', ui: null });
    const live = await run(args);
    const unknown = await run([...args.slice(0, -1), 'replay-none']);
    await again.close();
    expect(live).toEqual(offline);
    expect(unknown).toMatchObject({ code: 1, out: '', err: expect.stringContaining('mock, replay-two') as string });
  }, 60_000);

  test('a folder that is not there is named, with what to do', async () => {
    const out = join(folder, 'none', 'x.csv');
    const { code, err } = await run(['export', '--data-dir', dataDir, '--symbol', 'AAPL', '--out', out]);
    expect(code).toBe(1);
    expect(err).toContain(`there is no folder ${join(folder, 'none')}. Make it`);
  });

  test('a wrong parameter is named and nothing is written', async () => {
    const { code, err } = await run(['export', '--data-dir', dataDir, '--symbol', 'AAPL', '--from', 'never']);
    expect(code).toBe(2);
    expect(err).toContain('from: must be an ISO 8601 time');
  });
});
