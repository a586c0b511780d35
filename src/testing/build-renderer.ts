import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { rendererPlugins } from '../ui/renderer-build.ts';

const uiRoot = resolve(import.meta.dirname, '../ui');

/** Builds the UI as the desktop app and the web host ship it, into a fresh folder. Answers the folder; about two seconds. */
export async function buildRenderer(): Promise<string> {
  return buildPages({
    index: join(uiRoot, 'index.html'),
    popout: join(uiRoot, 'popout.html'),
  });
}

/** Builds pages of the UI's folder by name. */
export async function buildPages(input: Record<string, string>): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'tapedeck-renderer-'));
  await build({
    root: uiRoot,
    base: './',
    configFile: false,
    logLevel: 'error',
    plugins: rendererPlugins(),
    build: { target: 'chrome130', outDir, emptyOutDir: true, rolldownOptions: { input } },
  });
  return outDir;
}
