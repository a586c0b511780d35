import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PREPARED_DATABASE_FILE, prepareEmbeddedDatabase } from '../../scripts/prepare-embedded-database.ts';
import { silentLog } from '../market/index.ts';
import { positionOf } from '../testing/store-rows.ts';
import { acquireDataFolderLock, openEmbeddedStore } from './index.ts';

const WRITER = join(import.meta.dirname, '../testing/store-writer-child.ts');

/** Runs the writer until it has acknowledged `batches`, kills it in the middle of the next and answers the last position. */
async function writeAndKill(folder: string, batches: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let acknowledged = '';
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    acknowledged += text;
    if (acknowledged.split('\n').length > batches) child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, signal) => resolve(signal)));
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${complaint}`);
  return Number(acknowledged.trimEnd().split('\n').at(-1));
}

describe('the embedded store after kill -9', () => {
  let folder: string;

  beforeAll(async () => {
    await prepareEmbeddedDatabase(PREPARED_DATABASE_FILE);
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-crash-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has every acknowledged batch, and as many rows as its position says', { timeout: 60_000 }, async () => {
    for (const batches of [1, 30, 60]) {
      const acknowledged = await writeAndKill(folder, batches);
      const lock = await acquireDataFolderLock(folder, 0);
      const store = await openEmbeddedStore({
        lock,
        directory: join(folder, 'database'),
        schema: 'tapedeck',
        log: silentLog,
      });
      const position = await store.position(positionOf(0));
      expect(position).toBeGreaterThanOrEqual(acknowledged);
      const trades = await store.trades({ symbol: 'AAPL', fromMs: 0, toMs: null, limit: 1_000_000 });
      expect(trades.map(({ id }) => id)).toEqual(Array.from({ length: position ?? 0 }, (_, index) => String(index)));
      const [candle] = await store.candles({
        symbol: 'AAPL',
        interval: '1m',
        source: null,
        fromMs: 0,
        toMs: null,
        limit: 1,
      });
      expect(candle?.revision).toBe(position);
      await store.close();
      await lock.release();
    }
  });
});
