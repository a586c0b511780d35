import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureBuilt, projectRoot } from '../../scripts/ensure-built.ts';
import { desktopEnvironment, desktopSkipReason, withDataFolder } from './desktop.ts';
import { eventually } from './terminal-page.ts';

interface Started {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number | null;
}

/** `npm start` until it has served a terminal, or ended by itself. */
async function start(
  dataDir: string,
  environment: Readonly<Record<string, string>>,
  ...flags: string[]
): Promise<Started> {
  await ensureBuilt();
  const started = spawn(
    process.execPath,
    ['--import', 'tsx', 'scripts/start.ts', '--data-dir', dataDir, '--port', '0', ...flags],
    { cwd: projectRoot, env: desktopEnvironment({ dataDir, environment }), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let err = '';
  started.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  started.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  const closed = once(started, 'close');
  try {
    await eventually(() => started.exitCode !== null || out.includes('Open http://')).toBe(true);
  } finally {
    started.kill('SIGTERM');
    await closed;
  }
  return { out, err, exitCode: started.exitCode };
}

describe('npm start where no window comes up', () => {
  it('serves the terminal when the Electron that is there cannot start', () =>
    withDataFolder(async (dataDir) => {
      const runtime = join(dataDir, 'runtime');
      const program = join(runtime, 'electron');
      await mkdir(runtime);
      await writeFile(
        program,
        '#!/bin/sh\necho "electron: libgtk-3.so.0: cannot open shared object file" >&2\nexit 127\n',
      );
      await chmod(program, 0o755);
      const surroundings = { ELECTRON_OVERRIDE_DIST_PATH: runtime, DISPLAY: ':99' };
      const { out, err, exitCode } = await start(dataDir, surroundings);
      expect(err).toContain('Electron cannot start here, as it says above; serving the same window in your browser');
      expect([out.includes('TapeDeck is at http://127.0.0.1:'), exitCode]).toEqual([true, 0]);

      const elsewhere = await start(dataDir, surroundings, '--url', 'https://desk.example');
      expect(elsewhere).toMatchObject({ out: '', exitCode: 1 });
      expect(elsewhere.err).toContain('open https://desk.example in a browser instead');
    }));

  const skipReason = desktopSkipReason();
  const isElsewhere = process.platform !== 'linux';
  it.skipIf(skipReason !== null || isElsewhere)(
    `serves the terminal when the X server is gone${skipReason === null ? '' : ` (skipped: ${skipReason})`}`,
    () =>
      withDataFolder(async (dataDir) => {
        const { out, err, exitCode } = await start(dataDir, { DISPLAY: ':4711', WAYLAND_DISPLAY: '' });
        expect(err).toContain('Electron cannot start here');
        expect([out.includes('TapeDeck is at'), exitCode]).toEqual([true, 0]);
      }),
  );

  it.skipIf(skipReason !== null)(
    `is told by Electron itself what is wrong with the configuration${skipReason === null ? '' : ` (skipped: ${skipReason})`}`,
    () =>
      withDataFolder(async (dataDir) => {
        const { err, exitCode } = await start(dataDir, {}, '--stack', 'cloud');
        expect(err).toContain('tapedeck: --stack: "cloud" must be');
        expect(err).not.toContain('instead');
        expect(exitCode).toBe(2);
      }),
  );
});
