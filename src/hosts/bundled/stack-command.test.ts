import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDockerStandIn } from '../../testing/docker-stand-in.ts';
import type { DockerStandIn } from '../../testing/docker-stand-in.ts';
import { startTestHost } from '../../testing/host-test-host.ts';
import { runCommand } from '../run-command.ts';
import { settingsPath } from '../settings/conf-settings-store.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let docker: DockerStandIn;
let dataDir: string;

beforeEach(async () => {
  docker = await createDockerStandIn();
  dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-stack-command-'));
});

afterEach(async () => {
  await docker.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function run(
  args: readonly string[],
  more: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly confirm?: (question: string) => Promise<boolean>;
    readonly stop?: AbortController;
    readonly onOut?: () => void;
  } = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await runCommand(['stack', ...args, '--data-dir', dataDir], {
    environment: { ...docker.environment, ...more.environment },
    workingDir: dataDir,
    standardOutput: new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        out += chunk.toString('utf8');
        more.onOut?.();
        done();
      },
    }),
    writeError: (line) => (err += line),
    confirm: more.confirm ?? null,
    stop: (more.stop ?? new AbortController()).signal,
  });
  return { code, out, err };
}

describe('npm run stack', () => {
  test('up tells its progress on standard error, and the services on standard output', async () => {
    const { code, out, err } = await run(['up']);
    expect(code).toBe(0);
    expect(err).toContain('kafka: downloading 50 of 200 MB (25 %)');
    expect(err).toContain('npm start -- --stack bundled');
    expect(out).toMatch(/^kafka +running, healthy +127\.0\.0\.1:9092 +apache\/kafka:\S+\n/);
  });

  test('a host started after it finds the same ports and password, and shows no password', async () => {
    await run(['up'], { environment: { KAFKA_PORT: '9192', POSTGRES_USER: 'me' } });
    const text = await readFile(join(dataDir, 'config', 'bundled-stack.env'), 'utf8');
    const password = /POSTGRES_PASSWORD='(.+)'/.exec(text)?.[1] ?? 'none';
    let out = '';
    const standardOutput = new Writable({ write: (chunk: Buffer, _e, done) => ((out += chunk.toString()), done()) });
    const code = await runCommand(['web', '--stack', 'bundled', '--data-dir', dataDir, '--check-config'], {
      environment: {},
      workingDir: dataDir,
      standardOutput,
      writeError: () => undefined,
      stop: new AbortController().signal,
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      settings: {
        kafkaBrokers: { value: ['127.0.0.1:9192'] },
        postgresDsn: { value: 'postgresql://me:***@127.0.0.1:5432/tapedeck' },
      },
    });
    expect(out).not.toContain(password);
  });

  test('status as JSON lists each service', async () => {
    await run(['up', '--profile', 'tools']);
    const { code, out } = await run(['status', '--json']);
    expect(code).toBe(0);
    const { services } = JSON.parse(out) as { services: { name: string; health: string; page: string | null }[] };
    expect(services.map(({ name, health }) => `${name} ${health}`)).toEqual([
      'kafka healthy',
      'database healthy',
      'kafka-ui healthy',
      'pgadmin healthy',
    ]);
  });

  test('logs that are followed end well when interrupted', async () => {
    const stop = new AbortController();
    const { code, out } = await run(['logs', 'database', '--follow', '--tail', '3'], {
      stop,
      onOut: () => stop.abort(),
    });
    expect([code, out]).toEqual([0, 'database-1  | FATAL:  data directory has wrong ownership\n']);
    expect((await docker.calls()).at(-1)).toMatch(/logs --no-color --tail 3 --follow database$/);
  });

  test('reset removes data only when it was said twice', async () => {
    const unasked = await run(['reset']);
    expect([unasked.code, unasked.err.includes('--yes')]).toEqual([2, true]);
    const refused = await run(['reset'], { confirm: () => Promise.resolve(false) });
    expect([refused.code, refused.err]).toEqual([1, 'tapedeck: Nothing was removed.\n']);
    expect((await docker.calls()).some((call) => call.includes('--volumes'))).toBe(false);
    expect((await run(['reset'], { confirm: () => Promise.resolve(true) })).code).toBe(0);
    expect((await run(['reset', '--yes'])).code).toBe(0);
    expect((await docker.calls()).filter((call) => call.includes('--volumes'))).toHaveLength(2);
  });

  test('down leaves the data', async () => {
    expect((await run(['down'])).code).toBe(0);
    expect((await docker.calls()).at(-1)).toMatch(/down --remove-orphans$/);
  });

  test.each([
    [[], 'stack: needs one of up, down, status, logs, reset'],
    [['start'], 'stack: "start" must be one of'],
    [['up', '--profile', 'spark'], '--profile: "spark" must be tools or monitoring'],
    [['up', 'kafka'], '"kafka" is not understood by up'],
    [['logs', 'zookeeper'], '"zookeeper" is no service'],
    [['logs', '--tail', 'many'], '--tail: "many"'],
    [['up', '--colour'], "'--colour'"],
    [['up'], 'KAFKA_PORT: "none" must be'],
  ])('%j ends with code 2 and says what is wrong', async (args, message) => {
    const environment: Record<string, string> = message.startsWith('KAFKA_PORT') ? { KAFKA_PORT: 'none' } : {};
    const { code, out, err } = await run(args, { environment });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  test('a running TapeDeck whose stack was chosen by a flag stays, and says why', async () => {
    const host = await startTestHost({ dataDir, args: ['--stack', 'embedded', '--roles', 'notify'], ui: null });
    try {
      const up = await run(['up']);
      expect([up.code, up.err.trimEnd().split('\n').at(-1)]).toEqual([
        0,
        'The running TapeDeck stays where it is. The stack is chosen by flag --stack, which counts more than Settings. Start TapeDeck without it to switch here.',
      ]);
      expect(await run(['down'])).toMatchObject({ code: 0, out: '' });
      const move = (token: string, to: string): Promise<Response> =>
        fetch(new URL('/stack/move', host.url), {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ to }),
        });
      expect((await move('a'.repeat(32), 'bundled')).status).toBe(401);
      expect((await move(host.token, 'remote')).status).toBe(403);
      expect(await (await move(host.token, 'embedded')).json()).toEqual({ hasMoved: false });
    } finally {
      await host.close();
    }
  }, 120_000);

  test('down moves back a TapeDeck that was started on the stack because Settings say so', async () => {
    await mkdir(join(dataDir, 'config'), { recursive: true });
    await writeFile(settingsPath(join(dataDir, 'config')), '{"settings":{"stack":"bundled"}}');
    const nowhere = { KAFKA_PORT: '1', POSTGRES_PORT: '1' };
    const host = await startTestHost({ dataDir, args: ['--roles', 'notify'], ui: null, environment: nowhere });
    try {
      expect(host.host.pipelineHost.config.stack).toBe('bundled');
      const down = await run(['down'], { environment: nowhere });
      expect([down.code, down.err]).toEqual([
        0,
        expect.stringContaining('The running TapeDeck has moved to the embedded stack.') as string,
      ]);
      expect(host.host.pipelineHost.config.stack).toBe('embedded');
      expect((await run(['down'], { environment: nowhere })).err).not.toContain('has moved');
    } finally {
      await host.close();
    }
    expect((await readdir(dataDir)).filter((name) => /lock|beside/.test(name))).toEqual([]);
  }, 120_000);

  test('what Docker refuses ends with code 1 and what to do', async () => {
    await docker.setScenario('engine-down');
    const { code, out, err } = await run(['status']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('Docker is installed but not running');
  });

  test('--help says what there is', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('--profile tools,monitoring');
  });
});
