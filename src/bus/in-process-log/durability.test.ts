import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Log, silentLog, systemClock, type Trade } from '../../market/index.ts';
import { SAMPLE_EVENTS, sampleTrades } from '../../testing/bus-events.ts';
import { Reader, until } from '../../testing/bus-reader.ts';
import type { Bus, TopicPartition } from '../bus.ts';
import { diskError } from './disk-error.ts';
import { openInProcessLog } from './in-process-log.ts';

const TRADES_0: TopicPartition = { topic: 'trades', partition: 0 };
let directory = '';
const opened: Bus[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tapedeck-log-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
  await rm(directory, { recursive: true, force: true });
});

async function openLog(options: { readonly segmentBytes?: number; readonly log?: Log } = {}): Promise<Bus> {
  const bus = await openInProcessLog({ directory, clock: systemClock, log: silentLog, ...options });
  opened.push(bus);
  return bus;
}

function segments(): Promise<readonly string[]> {
  return readdir(join(directory, 'trades-0')).then((names) => names.sort());
}

async function wipeTenBytes(segment: string, fromOf: (length: number) => number): Promise<void> {
  const path = join(directory, 'trades-0', segment);
  const bytes = await readFile(path);
  const from = fromOf(bytes.length);
  await writeFile(path, bytes.fill(0, from, from + 10));
}

interface Reading {
  readonly ids: readonly string[];
  readonly jumps: readonly { readonly stored: number; readonly resumedAt: number }[];
}

/** Everything in the log from `position` to its end. */
async function readAll(bus: Bus, position: number | null = null): Promise<Reading> {
  const [end = 0] = await bus.endOffsets('trades');
  const ids: string[] = [];
  const jumps: { stored: number; resumedAt: number }[] = [];
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const consumption = await bus.consume({
    group: 'reader',
    topics: ['trades'],
    startAt: 'earliest',
    isEphemeral: false,
    lingerMs: 0,
    maxBatchRecords: 500,
    loadPosition: () => Promise.resolve(position),
    onPositionOutsideLog: (_topicPartition, stored, resumedAt) => {
      jumps.push({ stored, resumedAt });
      if (resumedAt >= end) finish();
    },
    onBatch: (batch) => {
      if (batch.topic === 'trades') ids.push(...batch.records.map((record) => (record.event as Trade).id));
      if (batch.nextOffset >= end) finish();
      return Promise.resolve({ kind: 'done' });
    },
  });
  if (end > (position ?? 0)) await finished;
  await consumption.close();
  return { ids, jumps };
}

function ids(from: number, to: number): readonly string[] {
  return sampleTrades(to - from, 'AAPL', from).map((trade) => trade.id);
}

describe('a log whose program was killed', () => {
  it('holds everything that was acknowledged, once and in order', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, '../../testing/log-writer-child.ts'), directory],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (Number(lastLine(output)) > 5000) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(child.signalCode).toBe('SIGKILL');
    const acknowledged = Number(lastLine(output));

    const bus = await openLog();
    const reading = await readAll(bus);
    expect(reading.ids.length).toBeGreaterThanOrEqual(acknowledged);
    expect(reading.ids).toEqual(ids(0, reading.ids.length));
    expect(reading.jumps).toEqual([]);
  });

  it('is cut back to its last whole batch wherever the write was torn', async () => {
    const first = await openLog();
    await first.publish('trades', sampleTrades(100));
    await first.close();
    const [name = ''] = await segments();
    const file = join(directory, 'trades-0', name);
    const whole = await readFile(file);
    const second = await openLog();
    await second.publish('trades', sampleTrades(50, 'AAPL', 100));
    await second.close();
    const longer = await readFile(file);
    for (const length of [whole.length + 1, whole.length + 23, whole.length + 25, longer.length - 1]) {
      await writeFile(file, longer.subarray(0, length));
      const bus = await openLog();
      expect((await stat(file)).size).toBe(whole.length);
      expect(await bus.endOffsets('trades')).toEqual([100]);
      await bus.publish('trades', sampleTrades(10, 'AAPL', 100));
      expect((await readAll(bus)).ids).toEqual(ids(0, 110));
      await bus.close();
      expect(await segments()).toEqual([name]);
    }
  });
  it.each([20, 200])(
    'that lost its end is read from there on, though %i came before the position was known',
    async (count) => {
      const bus = await openLog();
      await bus.publish('trades', sampleTrades(100));
      const reader = new Reader();
      let answer = (_stored: number): void => undefined;
      const stored = new Promise<number>((resolve) => {
        answer = resolve;
      });
      await bus.consume(reader.request({ loadPosition: () => stored }));
      await bus.publish('trades', sampleTrades(count, 'AAPL', 100));
      answer(150);
      await until(() => (reader.positions.get('trades-0') ?? 0) >= 100 + count);
      expect(reader.ids).toEqual(ids(100, 100 + count));
      expect(reader.outside).toEqual([{ stored: 150, resumedAt: 100 }]);
    },
  );
});

describe('segments', () => {
  it('roll, and go once everything in them is released', async () => {
    const bus = await openLog({ segmentBytes: 10_000 });
    for (let round = 0; round < 20; round++) await bus.publish('trades', sampleTrades(50, 'AAPL', round * 50));
    const all = await segments();
    expect(all.length).toBeGreaterThan(5);
    expect((await readAll(bus)).ids).toEqual(ids(0, 1000));

    const third = Number(all[3]?.slice(0, 16));
    await bus.release(TRADES_0, third - 1);
    expect(await segments()).toEqual(all.slice(2));
    await bus.release(TRADES_0, third);
    expect(await segments()).toEqual(all.slice(3));
    await bus.close();

    const reopened = await openLog({ segmentBytes: 10_000 });
    expect((await readAll(reopened)).ids).toEqual(ids(third, 1000));
    expect((await readAll(reopened, 5)).jumps).toEqual([{ stored: 5, resumedAt: third }]);
    await reopened.release(TRADES_0, 1_000_000);
    expect(await reopened.endOffsets('trades')).toEqual([1000]);
  });

  it('are read from disk by whoever is far behind, even in batches longer than one read', async () => {
    const bus = await openLog({ segmentBytes: 1_000_000 });
    const text = 'x'.repeat(60_000);
    const letters = Array.from({ length: 200 }, (_, index) => ({
      origin: 'stream',
      topic: 'trades',
      partition: null,
      position: index,
      reason: 'too long',
      payload: text,
      timeMs: 0,
    }));
    await bus.publish('dead-letters', letters);
    await bus.close();
    const reopened = await openLog();
    const positions: (number | null)[] = [];
    await new Promise<void>((resolve, reject) => {
      reopened
        .consume({
          group: 'reader',
          topics: ['dead-letters'],
          startAt: 'earliest',
          isEphemeral: false,
          lingerMs: 0,
          maxBatchRecords: 3,
          loadPosition: () => Promise.resolve(null),
          onBatch: (batch) => {
            if (batch.topic === 'dead-letters') positions.push(...batch.records.map(({ event }) => event.position));
            if (positions.length >= 200) resolve();
            return Promise.resolve({ kind: 'done' });
          },
        })
        .catch(reject);
    });
    expect(positions).toEqual(letters.map((letter) => letter.position));
  });
});

describe('a damaged segment', () => {
  async function writeSegments(): Promise<readonly string[]> {
    const bus = await openLog({ segmentBytes: 10_000 });
    for (let round = 0; round < 20; round++) await bus.publish('trades', sampleTrades(20, 'AAPL', round * 20));
    await bus.close();
    return segments();
  }

  it('is kept aside, and reading goes on behind it', async () => {
    const all = await writeSegments();
    const [, damaged = '', next = ''] = all;
    await writeFile(join(directory, 'trades-0', damaged), 'noise', { flag: 'r+' });
    const from = Number(damaged.slice(0, 16));
    const to = Number(next.slice(0, 16));
    const errors: object[] = [];
    const bus = await openLog({ log: { ...silentLog, error: (fields) => errors.push(fields) } });
    const reading = await readAll(bus);
    expect(reading.jumps).toEqual([{ stored: from, resumedAt: to }]);
    expect(reading.ids).toEqual([...ids(0, from), ...ids(to, 400)]);
    expect(errors).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ code: 'corrupt' }) as unknown }),
    ]);
    const names = await segments();
    expect(names.some((name) => name.startsWith(damaged) && name.endsWith('.corrupt'))).toBe(true);
    expect(names).not.toContain(damaged);
  });

  it('takes no other with it when it is released while it is put aside', async () => {
    const [damaged = '', next = ''] = await writeSegments();
    await writeFile(join(directory, 'trades-0', damaged), 'noise', { flag: 'r+' });
    const from = Number(next.slice(0, 16));
    const released: Promise<void>[] = [];
    const bus = await openLog({
      log: { ...silentLog, error: () => released.push(bus.release(TRADES_0, from)) },
    });
    expect((await readAll(bus)).ids).toEqual(ids(from, 400));
    await Promise.all(released);
    expect(released).toHaveLength(1);
    await bus.publish('trades', sampleTrades(20, 'AAPL', 400));
    await bus.close();
    expect((await readAll(await openLog())).ids).toEqual(ids(from, 420));
  });

  it('gives what is sound before the damage', async () => {
    const all = await writeSegments();
    const [first = '', second = ''] = all;
    await wipeTenBytes(first, (length) => length - 30);
    const reading = await readAll(await openLog());
    const to = Number(second.slice(0, 16));
    expect(reading.jumps).toEqual([{ stored: to - 20, resumedAt: to }]);
    expect(reading.ids).toEqual([...ids(0, to - 20), ...ids(to, 400)]);
  });

  it('never has its offsets given out again when it is the newest', async () => {
    const bus = await openLog();
    for (let round = 0; round < 5; round++) await bus.publish('trades', sampleTrades(20, 'AAPL', round * 20));
    await bus.close();
    const [name = ''] = await segments();
    await wipeTenBytes(name, (length) => length >> 1);
    const reopened = await openLog();
    expect(await reopened.endOffsets('trades')).toEqual([100]);
    await reopened.publish('trades', sampleTrades(20, 'AAPL', 100));
    const reading = await readAll(reopened);
    expect(reading.ids).toEqual([...ids(0, 40), ...ids(100, 120)]);
    expect(reading.jumps).toEqual([{ stored: 40, resumedAt: 100 }]);
  });
});

describe('a damaged log on a disk that is full', () => {
  it.runIf(process.platform === 'linux')('stays as it is until there is room to put it aside', async () => {
    const bus = await openLog();
    for (let round = 0; round < 20; round++) await bus.publish('trades', sampleTrades(50, 'AAPL', round * 50));
    await bus.close();
    const [name = ''] = await segments();
    await wipeTenBytes(name, (length) => length >> 1);

    // A limit on the size of files stands in for a full disk.
    const writer = join(import.meta.dirname, '../../testing/log-writer-child.ts');
    const child = spawn(
      'bash',
      ['-c', 'ulimit -f 20; "$@"', 'bash', process.execPath, '--import', 'tsx', writer, directory],
      {
        stdio: 'ignore',
      },
    );
    await new Promise((resolve) => child.once('close', resolve));
    expect(child.exitCode).not.toBe(0);

    const reopened = await openLog();
    expect(await reopened.endOffsets('trades')).toEqual([1000]);
    await reopened.publish('trades', sampleTrades(20, 'AAPL', 1000));
    const reading = await readAll(reopened);
    expect(reading.ids).toEqual([...ids(0, 500), ...ids(1000, 1020)]);
    expect(reading.jumps).toEqual([{ stored: 500, resumedAt: 1000 }]);
    expect((await segments()).filter((file) => file.endsWith('.corrupt'))).toHaveLength(1);
  });
});

describe('a folder that cannot be used', () => {
  it.runIf(process.platform === 'linux')(
    'tells that the disk is full, and goes on with what can be written',
    async () => {
      const bus = await openLog({ segmentBytes: 1 });
      const [quote] = SAMPLE_EVENTS.quotes;
      if (quote === undefined) throw new Error('no sample');
      await bus.publish('quotes', [quote]);
      // Linux' device on which every write fails for want of space stands in for the next segment.
      await symlink('/dev/full', join(directory, 'quotes-0', '0000000000000001.log'));
      await expect(bus.publish('quotes', [quote])).rejects.toMatchObject({ code: 'disk-full', retryable: true });
      expect(bus.state).toMatchObject({ isConnected: false });
      expect(await bus.endOffsets('quotes')).toEqual([1]);
      await bus.publish('trades', sampleTrades(10));
      expect(bus.state).toMatchObject({ isConnected: true });
      expect((await readAll(bus)).ids).toEqual(ids(0, 10));
    },
  );

  it('tells what cannot be written, in words for the user', () => {
    const failure = (code: string): Error => Object.assign(new Error(code), { code });
    for (const code of ['EACCES', 'EPERM', 'EROFS']) {
      expect(diskError(failure(code), '/data')).toMatchObject({ code: 'read-only', retryable: false });
    }
    expect(diskError(failure('ENOSPC'), '/data').userMessage).toContain('/data cannot be used: the disk is full. Free');
  });

  it('is refused when it was made with another number of partitions', async () => {
    await (await openLog()).close();
    await expect(
      openInProcessLog({ directory, partitionCount: 4, clock: systemClock, log: silentLog }),
    ).rejects.toMatchObject({ code: 'bad-config' });
  });

  it('is never silently begun anew when its identity is gone or unreadable', async () => {
    const bus = await openLog();
    await bus.publish('trades', sampleTrades(10));
    await bus.close();
    await truncate(join(directory, 'log.json'), 10);
    await expect(openLog()).rejects.toMatchObject({ code: 'corrupt' });
    await rm(join(directory, 'log.json'));
    await expect(openLog()).rejects.toMatchObject({ code: 'corrupt' });
    await appendFile(join(directory, 'log.json'), '{"version":2}');
    await expect(openLog()).rejects.toMatchObject({ code: 'unsupported' });
  });
});

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
