import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ErrorLedger } from './error-ledger.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';

interface WrittenRow {
  readonly message: string;
  readonly count: number;
}

/** Keeps what is inserted; `isAway` makes every statement fail. */
class RecordingDatabase {
  readonly writes: (readonly WrittenRow[])[] = [];
  isAway = false;

  query(_text: string, parameters: readonly SqlValue[] = []): Promise<{ rows: never[]; affectedRows: number }> {
    if (this.isAway) return Promise.reject(new Error('away'));
    this.writes.push(JSON.parse(String(parameters[0])) as readonly WrittenRow[]);
    return Promise.resolve({ rows: [], affectedRows: 0 });
  }
}

const errorOf = (message: string) => ({ scope: 'persist', code: 'timeout', message, outcome: 'retried' }) as const;

describe('the ledger of errors', () => {
  let database: RecordingDatabase;
  let ledger: ErrorLedger;

  beforeEach(() => {
    vi.useFakeTimers();
    database = new RecordingDatabase();
    ledger = new ErrorLedger(database as unknown as SqlDatabase);
  });

  afterEach(() => vi.useRealTimers());

  it('writes once a second however fast errors come, and counts every one', async () => {
    for (let step = 0; step < 30; step++) {
      for (let index = 0; index < 1_000; index++) void ledger.record(errorOf('no answer'), step * 100);
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.writes.length).toBeLessThanOrEqual(4);
    expect(database.writes.flat().reduce((sum, { count }) => sum + count, 0)).toBe(30_000);
  });

  it('writes the last of a burst without waiting for another error', async () => {
    await ledger.record(errorOf('first'), 0);
    await ledger.record(errorOf('second'), 1);
    expect(database.writes.flat().map(({ message }) => message)).toEqual(['first']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.writes.flat().map(({ message }) => message)).toEqual(['first', 'second']);
  });

  it('keeps what a database that is away does not take, bounded, and loses no count', async () => {
    database.isAway = true;
    for (let index = 0; index < 5_000; index++) await ledger.record(errorOf(`case ${index}`), index);
    await vi.advanceTimersByTimeAsync(5_000);
    database.isAway = false;
    await vi.advanceTimersByTimeAsync(1_000);
    const rows = database.writes.flat();
    expect(rows.length).toBeLessThanOrEqual(1_001);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(5_000);
  });

  it('writes what waits when it is closed, and nothing after that', async () => {
    await ledger.record(errorOf('first'), 0);
    await ledger.record(errorOf('last'), 1);
    await ledger.close();
    expect(database.writes.flat().map(({ message }) => message)).toEqual(['first', 'last']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
