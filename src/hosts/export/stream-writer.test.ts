import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { streamWriter } from './stream-writer.ts';

test('a disk that fills up while the next page is read ends the export with that page', async () => {
  const full = new Error('no space left on device');
  const file = new Writable({ write: (_bytes, _encoding, done) => setImmediate(done, full) });
  const closed = new Promise((resolve) => file.once('close', resolve));
  const write = streamWriter(file);
  await write('a page that fits into the buffer');
  await closed;
  await expect(write('the next')).rejects.toBe(full);
});

test('a disk that fills up while a page is written ends the export too', async () => {
  const full = new Error('no space left on device');
  const file = new Writable({ highWaterMark: 1, write: (_bytes, _encoding, done) => setImmediate(done, full) });
  await expect(streamWriter(file)('more than the buffer takes')).rejects.toBe(full);
});
