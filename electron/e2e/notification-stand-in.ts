import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ShownNotification {
  readonly app: string;
  readonly summary: string;
  readonly body: string;
}

/** An `org.freedesktop.Notifications` that writes down what it is asked to show and clicks a body that says `click`. */
export interface NotificationStandIn {
  shown(): Promise<readonly ShownNotification[]>;
  close(): Promise<void>;
}

/** The system's own: its bindings to the message bus belong to no other. */
const PYTHON = '/usr/bin/python3';

export function notificationSkipReason(): string | null {
  const script = process.env['TAPEDECK_TEST_NOTIFICATIONS'];
  if (script === undefined || !existsSync(script)) return 'TAPEDECK_TEST_NOTIFICATIONS names no notification stand-in';
  if (!existsSync(PYTHON)) return `${PYTHON} is not installed`;
  return process.env['DBUS_SESSION_BUS_ADDRESS'] === undefined ? 'there is no session bus' : null;
}

export async function startNotificationStandIn(): Promise<NotificationStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-notifications-'));
  const file = join(folder, 'shown.ndjson');
  const child = spawn(PYTHON, [process.env['TAPEDECK_TEST_NOTIFICATIONS'] ?? '', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await ready(child);
  return {
    shown: async () => {
      const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as ShownNotification);
    },
    close: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the notification stand-in ended with ${code}`)));
  });
}
