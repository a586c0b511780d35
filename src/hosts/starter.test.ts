import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { runToEnd } from '../../scripts/run-child.ts';

const starter = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'starter.ts')).href);

const run = (script: string): ReturnType<typeof runToEnd> =>
  runToEnd(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);

test('whoever started a program learns whether its exit code is an answer of its own', async () => {
  const answered = `const { tellStarter } = await import(${starter}); tellStarter(); process.exit(3);`;
  expect(await run(answered)).toEqual({ exitCode: 3, wasUp: true, wasStopped: false });
  expect(await run('process.exit(127)')).toEqual({ exitCode: 127, wasUp: false, wasStopped: false });
  expect(await run("process.kill(process.pid, 'SIGKILL')")).toMatchObject({
    exitCode: 128,
    wasUp: false,
    wasStopped: false,
  });
});

test('a program that cannot be started at all was not up', async () => {
  const missing = join(import.meta.dirname, 'no-such-program');
  expect(await runToEnd(missing, [])).toEqual({ exitCode: 1, wasUp: false, wasStopped: false });
});
