import { expect, test } from 'vitest';
import { aborted } from '../runtime/pause.ts';
import type { QueryStore, Store } from '../store/store.ts';
import { DatasetReader } from './dataset-reader.ts';

/** A reader over stores that only say their name, with a diary of what was opened and closed. */
function readerOf(current: { dataset: string }) {
  const diary: string[] = [];
  const named = (name: string) => ({
    name,
    close: () => {
      diary.push(`close ${name}`);
      return Promise.resolve();
    },
  });
  const reader = new DatasetReader({
    current: () => current.dataset,
    currentStore: () => named(`running ${current.dataset}`) as unknown as QueryStore,
    list: () => Promise.resolve(['live', 'mock', 'replay-day']),
    open: (dataset) => {
      diary.push(`open ${dataset}`);
      return Promise.resolve(named(dataset) as unknown as Store);
    },
  });
  const nameOf = (store: QueryStore): Promise<string> => Promise.resolve((store as unknown as { name: string }).name);
  return { reader, diary, read: (dataset?: string) => reader.read(dataset, nameOf) };
}

test('the dataset being run is read where it runs, named or not', async () => {
  const { read, diary } = readerOf({ dataset: 'mock' });
  expect([await read(), await read('mock'), diary]).toEqual(['running mock', 'running mock', []]);
});

test('of the others one is open at a time, and it stays open for the next reader', async () => {
  const { read, reader, diary } = readerOf({ dataset: 'mock' });
  expect(await Promise.all([read('replay-day'), read('replay-day'), read('live')])).toEqual([
    'replay-day',
    'replay-day',
    'live',
  ]);
  await reader.release();
  expect(diary).toEqual(['open replay-day', 'close replay-day', 'open live', 'close live']);
});

test('a dataset that is not there is refused with those that are, and is not made', async () => {
  const { read, diary } = readerOf({ dataset: 'mock' });
  await expect(read('replay-none')).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('live, mock, replay-day') as string,
  });
  expect(diary).toEqual([]);
});

test('a dataset that comes to be run is given up first and read where it runs from then on', async () => {
  const current = { dataset: 'mock' };
  const { read, reader, diary } = readerOf(current);
  await read('live');
  current.dataset = 'live';
  await reader.release();
  expect([await read('live'), diary]).toEqual(['running live', ['open live', 'close live']]);
});

test('long work on another dataset is told when the database is wanted elsewhere, and not when it only rests', async () => {
  const { reader, diary } = readerOf({ dataset: 'mock' });
  const copying = reader.read('live', async (_store, signal) => {
    await aborted(signal);
    diary.push('told');
  });
  await reader.read('mock', () => Promise.resolve());
  await reader.release();
  await copying;
  expect(diary).toEqual(['open live', 'told', 'close live']);
});

test('a reader that fails does not hold up the next', async () => {
  const { read, reader } = readerOf({ dataset: 'mock' });
  await expect(reader.read('live', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await read('live')).toBe('live');
  await reader.release();
});
