import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const SERVICE = 'org.freedesktop.secrets';

/** A keyring of its own on the session bus of this test run. */
export interface Keyring {
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export function keyringSkipReason(): string | null {
  if (process.platform !== 'linux') return 'the stand-in keyring is for Linux';
  if (process.env['DBUS_SESSION_BUS_ADDRESS'] === undefined) return 'there is no session bus';
  const isInstalled = spawnSync('gnome-keyring-daemon', ['--version'], { stdio: 'ignore' }).error === undefined;
  return isInstalled ? null : 'gnome-keyring-daemon is not installed';
}

function isOnBus(): boolean {
  const question = ['--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', `string:${SERVICE}`];
  const answer = spawnSync('dbus-send', ['--session', '--print-reply', ...question], { encoding: 'utf8' });
  return answer.stdout.includes('boolean true');
}

export async function openKeyring(): Promise<Keyring> {
  const home = await mkdtemp(join(tmpdir(), 'tapedeck-keyring-'));
  const environment = { HOME: home, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home };
  const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  daemon.stdin.end('a password');
  while (!isOnBus()) await pause(100);
  return {
    environment,
    close: async () => {
      const exited = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await exited;
      await rm(home, { recursive: true, force: true });
    },
  };
}
