import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import { findElectron, hasDisplay, sandboxArguments } from '../../scripts/electron-runtime.ts';
import { projectRoot } from '../../scripts/ensure-built.ts';

export interface DesktopOptions {
  readonly dataDir: string;
  readonly flags?: readonly string[];
  /** Chromium's own, before the app's folder. */
  readonly switches?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Desktop {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly process: ChildProcess;
  /** Console errors, refused styles and scripts, uncaught errors of the window so far. */
  readonly faults: string[];
  /** What the processes wrote to stderr so far. */
  stderr(): string;
  /** Quits as a user does; resolves with the exit code. */
  quit(): Promise<number | null>;
  /** For `finally`: ends it whatever state it is in. Idempotent. */
  close(): Promise<void>;
}

const FORCE_AFTER_MS = 15_000;

/** Why a window cannot be opened here; null when it can. */
export function desktopSkipReason(): string | null {
  if (findElectron() === null) return 'the Electron runtime is not installed';
  return hasDisplay() ? null : 'there is no display';
}

export function electronExecutable(): string {
  const executable = findElectron();
  if (executable === null) throw new Error('the Electron runtime is not installed');
  return executable;
}

/** The command line that starts the built app of this checkout. */
export function desktopArguments({ dataDir, flags = [], switches = [] }: DesktopOptions): readonly string[] {
  return [...sandboxArguments(), ...switches, projectRoot, '--data-dir', dataDir, ...flags];
}

/** The surroundings of a test: no setting of whoever runs it reaches the app. */
export function desktopEnvironment(options: Pick<DesktopOptions, 'dataDir' | 'environment'>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(TAPEDECK_|APCA_|KAFKA_|POSTGRES_|TICKERS$|NODE_OPTIONS$)/.test(name)) {
      environment[name] = value;
    }
  }
  return { ...environment, TAPEDECK_LOG_FILE: join(options.dataDir, 'desktop.log'), ...options.environment };
}

/** Opens the real window on a data folder. */
export async function openDesktop(options: DesktopOptions): Promise<Desktop> {
  const app = await _electron.launch({
    executablePath: electronExecutable(),
    args: [...desktopArguments(options)],
    env: desktopEnvironment(options),
    cwd: options.dataDir,
    timeout: 60_000,
  });
  const child = app.process();
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const exited = new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    child.once('exit', (code) => resolve(code));
  });
  const faults: string[] = [];
  app.context().on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  app.context().on('weberror', (error) => faults.push(String(error.error())));
  const close = async (): Promise<void> => {
    const force = setTimeout(() => child.kill('SIGKILL'), FORCE_AFTER_MS);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
    clearTimeout(force);
  };
  try {
    const page = await app.firstWindow();
    return {
      app,
      page,
      process: child,
      faults,
      stderr: () => stderr,
      quit: async () => {
        await app.evaluate(({ app: electronApp }) => setTimeout(() => electronApp.quit(), 0));
        return exited;
      },
      close,
    };
  } catch (error) {
    await close();
    throw new Error(`no window came up:\n${stderr}`, { cause: error });
  }
}

/** Gives a test a data folder and closes every window opened on it afterwards, newest first. */
export async function withDataFolder(
  test: (dataDir: string, open: (options?: Omit<DesktopOptions, 'dataDir'>) => Promise<Desktop>) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-desktop-'));
  const opened: Desktop[] = [];
  try {
    await test(dataDir, async (options = {}) => {
      const desktop = await openDesktop({ ...options, dataDir });
      opened.push(desktop);
      return desktop;
    });
  } finally {
    for (const desktop of opened.reverse()) await desktop.close();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}
