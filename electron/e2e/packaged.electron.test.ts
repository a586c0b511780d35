import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxArguments } from '../../scripts/electron-runtime.ts';
import { projectRoot } from '../../scripts/ensure-built.ts';
import { desktopEnvironment, desktopSkipReason } from './desktop.ts';
import { chartCandles, eventually, seeRowTick } from './terminal-page.ts';

function packagingSkipReason(): string | null {
  if (process.platform !== 'linux') return 'the packed app is started on Linux only';
  if (process.env['ELECTRON_OVERRIDE_DIST_PATH'] === undefined) return 'ELECTRON_OVERRIDE_DIST_PATH is not set';
  return desktopSkipReason();
}

const skipReason = packagingSkipReason();
const PACKING_LIMIT_MS = 180_000;

let folder: string;
let appFolder: string;

describe.skipIf(skipReason !== null)(`the packed app${skipReason === null ? '' : ` (skipped: ${skipReason})`}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-packed-'));
    appFolder = join(folder, 'dist', 'linux-unpacked');
    const packed = spawnSync(
      process.execPath,
      [
        join(projectRoot, 'node_modules/tsx/dist/cli.mjs'),
        join(projectRoot, 'scripts/dist.ts'),
        '--dir',
        `-c.directories.output=${join(folder, 'dist')}`,
      ],
      { cwd: projectRoot, encoding: 'utf8' },
    );
    if (packed.status !== 0) throw new Error(`packing failed:\n${packed.stdout}${packed.stderr}`);
  }, PACKING_LIMIT_MS);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('holds what it runs on and no sources, tests or tools', async () => {
    const files = await filesInArchive(join(appFolder, 'resources', 'app.asar'));
    for (const needed of [
      '/out/main/index.mjs',
      '/out/main/pipeline.mjs',
      '/out/preload/index.cjs',
      '/out/renderer/popout.html',
      '/out/embedded-database.tgz',
      '/db/001-market-data.sql',
      '/resources/icons/tray.png',
      '/node_modules/@electric-sql/pglite/dist/pglite.wasm',
    ]) {
      expect(files).toContain(needed);
    }
    const tools = ['electron', 'electron-builder', 'vite', 'vitest', 'typescript', 'playwright', 'react', 'highcharts'];
    const unwanted = files.filter(
      (file) =>
        /^\/(src|electron|scripts)(\/|$)/.test(file) ||
        /\.(ts|tsx|map)$/.test(file) ||
        tools.some((tool) => file.startsWith(`/node_modules/${tool}/`)),
    );
    expect(unwanted).toEqual([]);
  });

  it('shows a market that moves, from inside its archive', async () => {
    const dataDir = join(folder, 'data');
    const app = spawn(
      join(appFolder, 'tapedeck'),
      [...sandboxArguments(), '--remote-debugging-port=0', '--data-dir', dataDir],
      { cwd: folder, env: desktopEnvironment({ dataDir }), stdio: ['ignore', 'ignore', 'pipe'] },
    );
    try {
      const browser = await chromium.connectOverCDP(await debuggerAddress(app));
      const page = browser.contexts()[0]?.pages()[0] ?? expect.fail('the packed app has no window');
      await seeRowTick(page, 'AAPL');
      await eventually(() => chartCandles(page).count()).toBeGreaterThan(40);
      expect(page.url()).toBe('app://tapedeck/index.html');
      expect(existsSync(join(dataDir, 'datasets', 'mock', 'database'))).toBe(true);
    } finally {
      const exited = once(app, 'exit');
      app.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    }
  });
});

interface ArchiveFolder {
  readonly files?: Readonly<Record<string, ArchiveFolder>>;
}

/** An asar begins with sixteen bytes, the last four of which tell the length of the JSON index after them. */
async function filesInArchive(path: string): Promise<readonly string[]> {
  const archive = await open(path);
  try {
    const prefix = await archive.read(Buffer.alloc(16), 0, 16, 0);
    const index = Buffer.alloc(prefix.buffer.readUInt32LE(12));
    await archive.read(index, 0, index.length, 16);
    const found: string[] = [];
    const walk = (folderPath: string, { files = {} }: ArchiveFolder): void => {
      for (const [name, entry] of Object.entries(files)) {
        if (entry.files === undefined) found.push(`${folderPath}/${name}`);
        else walk(`${folderPath}/${name}`, entry);
      }
    };
    walk('', JSON.parse(index.toString('utf8')) as ArchiveFolder);
    return found;
  } finally {
    await archive.close();
  }
}

/** The address Chromium says on stderr; everything it writes has to be read on, or it blocks. */
function debuggerAddress(app: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    app.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
      const address = /DevTools listening on (ws:\S+)/.exec(stderr)?.[1];
      // The window comes a moment later than its debugger.
      if (address !== undefined && stderr.includes('pipeline started')) resolve(address);
    });
    app.once('error', reject);
    app.once('exit', (code) => reject(new Error(`the packed app ended with ${code}:\n${stderr}`)));
  });
}
