import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgresServer } from '../postgres-server.ts';
import { RECOVERY_PATIENCE_MS, type Scenario } from './scenario.ts';

const DISK_MEGABYTES = 300;
const MEGABYTE = Buffer.alloc(1024 * 1024);
const FULL_MS = 10_000;

/** The database's disk, a small one in memory, fills up under it; after a while there is room again. */
export const fullDisk: Scenario = {
  name: 'full-disk',
  skipReason: () => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk';
    const folder = '/tmp/tapedeck-mount-check';
    mkdirSync(folder, { recursive: true });
    const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
    if (isMounted) spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
    return isMounted ? null : 'this machine lets nobody mount a small disk';
  },
  prepare: async ({ servers, folder, isShort }) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${String(DISK_MEGABYTES)}m`, 'tmpfs', disk]);
    if (mounted.status !== 0) throw new Error(`The small disk was not mounted: ${String(mounted.stderr)}`);
    const postgres = await startPostgresServer({ dataDirectory: join(disk, 'postgres') });
    const rounds = isShort ? 1 : 3;
    const ballast = join(disk, 'ballast');
    return {
      workload: {
        feedMs: rounds * 60_000 + 60_000,
        servers: { bootstrapServers: servers.addresses.bootstrapServers, dsn: postgres.dsn },
      },
      disturb: async (workload) => {
        for (let round = 0; round < rounds; round++) {
          await delay(2_000);
          fill(ballast);
          await delay(FULL_MS);
          // Meanwhile other files may have gone and made room.
          fill(ballast);
          await delay(FULL_MS / 2);
          rmSync(ballast);
          workload.meter.disturbed();
          // A server that could not even write its log has ended itself.
          await postgres.restart();
          await workload.meter.recovered(RECOVERY_PATIENCE_MS);
        }
        return { count: rounds };
      },
      close: async () => {
        await postgres.close();
        spawnSync('umount', [disk]);
      },
    };
  },
};

/** Appends until nothing fits any more. */
function fill(file: string): void {
  const descriptor = openSync(file, 'a');
  try {
    for (let chunk = MEGABYTE; chunk.length >= 512;) {
      try {
        writeSync(descriptor, chunk);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        chunk = chunk.subarray(0, chunk.length / 2);
      }
    }
  } finally {
    closeSync(descriptor);
  }
}
