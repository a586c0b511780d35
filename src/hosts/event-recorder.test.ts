import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openEventRecorder } from './event-recorder.ts';

test.each(['day.ndjson', 'day.ndjson.gz'])('%s holds every line that was recorded, over restarts', async (name) => {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-record-'));
  const path = join(folder, 'new', name);
  for (const run of ['one', 'two']) {
    const recorder = await openEventRecorder(path);
    for (let line = 0; line < 5_000; line++) await recorder.write(`${run} ${line}`);
    await recorder.close();
  }
  const bytes = await readFile(path);
  const lines = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(10_000);
  expect([lines[0], lines[9_999]]).toEqual(['one 0', 'two 4999']);
  await rm(folder, { recursive: true, force: true });
});

test('a file that cannot be written is refused with its name', async () => {
  await expect(openEventRecorder('/dev/null/x.ndjson')).rejects.toThrow('/dev/null');
});
