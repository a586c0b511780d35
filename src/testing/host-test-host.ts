import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadHostConfig, openHeadlessParts } from '../hosts/boot.ts';
import type { HostKind } from '../hosts/config/config.ts';
import { parseFlags } from '../hosts/config/parse-flags.ts';
import { openHost } from '../hosts/open-host.ts';
import type { Host } from '../hosts/open-host.ts';
import { savedToken } from '../hosts/web/access-control.ts';
import type { UiFolder } from '../hosts/web/static-ui.ts';

export interface TestHostOptions {
  readonly kind?: HostKind;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Kept on close when given. */
  readonly dataDir?: string;
  readonly ui?: UiFolder | null;
}

export interface TestHost {
  readonly host: Host;
  readonly url: string;
  readonly token: string;
  readonly dataDir: string;
  /** Sign-in links that were shown, in order. */
  readonly links: readonly string[];
  /** Log lines, as JSON. */
  readonly logLines: readonly string[];
  /** `path` under the host's address, with the token. */
  get(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** A whole host in this process, on a free port and a data folder of its own. */
export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tapedeck-host-')));
  const args = ['--data-dir', dataDir, '--port', '0', ...(options.args ?? [])];
  const { flags } = parseFlags(args);
  const surroundings = { environment: { TAPEDECK_LOG_FORMAT: 'json', ...options.environment }, workingDir: dataDir };
  const load = () => loadHostConfig(options.kind ?? 'web', flags, surroundings);
  const loaded = load();
  const logLines: string[] = [];
  const links: string[] = [];
  const parts = openHeadlessParts(loaded, (line) => logLines.push(line));
  const closeParts = (): void => {
    parts.settings.close();
    parts.log.close();
  };
  let host: Host;
  try {
    host = await openHost({
      version: '0.0.0-test',
      loaded,
      reload: load,
      settings: parts.settings,
      secrets: parts.secrets,
      desktopNotifier: null,
      ui: options.ui === undefined ? { directory: null } : options.ui,
      showLink: (url) => links.push(url),
      environment: surroundings.environment,
      log: parts.log,
    });
  } catch (error) {
    closeParts();
    throw error;
  }
  const url = host.http?.url ?? '';
  const token = loaded.config.web.token ?? (await savedToken(dataDir)) ?? '';
  return {
    host,
    url,
    token,
    dataDir,
    links,
    logLines,
    get: (path, init = {}) =>
      fetch(new URL(path, url), { ...init, headers: { authorization: `Bearer ${token}`, ...headersOf(init) } }),
    close: async () => {
      await host.close();
      closeParts();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function headersOf(init: RequestInit): Record<string, string> {
  return init.headers === undefined ? {} : Object.fromEntries(new Headers(init.headers));
}

/** Asks again until the answer is what is wanted; fails with the last one after `withinMs`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (value: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (isWanted(value)) return value;
    if (Date.now() > untilMs) throw new Error(`still not as wanted: ${JSON.stringify(value)?.slice(0, 2_000)}`);
    await pause(50);
  }
}
