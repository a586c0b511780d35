import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createDockerStandIn } from '../../testing/docker-stand-in.ts';
import type { DockerScenario, DockerStandIn } from '../../testing/docker-stand-in.ts';
import { BundledStack } from './bundled-stack.ts';
import type { BundledStackOptions } from './bundled-stack.ts';
import { BundledStackError } from './bundled-stack-error.ts';
import type { StackProgress } from './compose-progress.ts';
import { stackSourceFolder } from './stack-files.ts';

const PORTS = {
  KAFKA_PORT: '9092',
  POSTGRES_PORT: '5432',
  KAFKA_UI_PORT: '8085',
  PGADMIN_PORT: '5050',
  PROMETHEUS_PORT: '9090',
  GRAFANA_PORT: '3000',
};
const NAMES = { POSTGRES_DB: 'tapedeck', POSTGRES_USER: 'tapedeck' };
const { signal: NEVER } = new AbortController();

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Tried {
  readonly stack: BundledStack;
  readonly docker: DockerStandIn;
  readonly environmentFile: string;
}

async function tryStack(
  scenario: DockerScenario | null = null,
  more: Partial<BundledStackOptions> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Tried> {
  const docker = await createDockerStandIn(scenario);
  closers.push(() => docker.close());
  const environmentFile = join(docker.folder, 'config', 'bundled-stack.env');
  const stack = new BundledStack({
    bundled: { environmentFile, environment: { ...PORTS, ...NAMES, ...environment } },
    defaultConfigDir: join(docker.folder, 'config'),
    sourceFolder: stackSourceFolder(),
    stackFolder: join(docker.folder, 'stack'),
    metricsPort: null,
    surroundings: { environment: docker.environment, platform: 'linux' },
    sleep: () => Promise.resolve(),
    ...more,
  });
  return { stack, docker, environmentFile };
}

async function failure(action: Promise<unknown>): Promise<BundledStackError> {
  const error: unknown = await action.then(
    () => 'it did not fail',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BundledStackError);
  return error as BundledStackError;
}

const quiet = (): void => undefined;

describe('the bundled stack', () => {
  test('pulls, starts, waits until every service is healthy, and tells how far it has come', async () => {
    const { stack } = await tryStack();
    const told: StackProgress[] = [];
    const services = await stack.up([], (progress) => told.push(progress), NEVER);
    expect(services.map(({ name, health, ports }) => [name, health, ports])).toEqual([
      ['kafka', 'healthy', ['127.0.0.1:9092']],
      ['database', 'healthy', ['127.0.0.1:5432']],
    ]);
    expect(told.map(({ subject, text, percent }) => `${subject}: ${text} ${percent ?? ''}`.trim())).toEqual([
      'kafka: pulling',
      'kafka: downloading 10 of 100 MB 10',
      'kafka: downloading 50 of 200 MB 25',
      'kafka: pulled',
      'network default: created',
      'kafka: starting',
      'kafka: started',
      'kafka: healthy',
      'database: waiting: starting',
      'database: healthy',
    ]);
  });

  test('starts tools when asked, and only then says where their pages are', async () => {
    const { stack } = await tryStack();
    const services = await stack.up(['tools'], quiet, NEVER);
    expect(services.flatMap(({ name, page }) => (page === null ? [] : [`${name} ${page}`]))).toEqual([
      'kafka-ui http://127.0.0.1:8085/',
      'pgadmin http://127.0.0.1:5050/',
    ]);
  });

  test('makes passwords into a file for the owner alone; no command line and no environment shows them', async () => {
    const { stack, docker, environmentFile } = await tryStack();
    await stack.up([], quiet, NEVER);
    expect((await stat(environmentFile)).mode & 0o777).toBe(0o600);
    const password = /POSTGRES_PASSWORD='([\w-]{32})'/.exec(await readFile(environmentFile, 'utf8'))?.[1] ?? 'none';
    expect(password).toHaveLength(32);
    expect((await docker.calls()).join('\n')).not.toContain(password);
    expect(await docker.read('environment')).not.toContain(password);
    await stack.up([], quiet, NEVER);
    expect(await readFile(environmentFile, 'utf8')).toContain(password);
  });

  test('keeps a password that was given, whatever characters it has', async () => {
    const given = 'a $b #c "d" \\e';
    const { stack, environmentFile } = await tryStack(null, {}, { POSTGRES_PASSWORD: given });
    await stack.up([], quiet, NEVER);
    expect(await readFile(environmentFile, 'utf8')).toContain(`POSTGRES_PASSWORD='${given}'\n`);
  });

  test('gives a database that was made with another password the present one, over its own socket', async () => {
    const { stack, docker } = await tryStack();
    await stack.up([], quiet, NEVER);
    expect(await docker.read('input')).toContain(`ALTER USER :"user" PASSWORD :'password';`);
  });

  test('understands Compose before it knew JSON', async () => {
    const { stack, docker } = await tryStack('old-compose');
    const told: string[] = [];
    await stack.up([], ({ subject, text }) => told.push(`${subject}: ${text}`), NEVER);
    expect(told).toContain('kafka: pulled');
    expect(told).toContain('kafka: started');
    expect((await docker.calls()).some((call) => call.includes('--progress plain up'))).toBe(true);
  });

  test('shares the network of Linux itself with Prometheus, and not that of Docker Desktop', async () => {
    const native = await tryStack();
    await native.stack.up(['monitoring'], quiet, NEVER).catch(quiet);
    expect((await native.docker.calls()).some((call) => call.includes('linux.yml'))).toBe(true);
    expect(await readFile(native.environmentFile, 'utf8')).toContain("STACK_PROMETHEUS_LISTEN='127.0.0.1:9090'");
    const desktop = await tryStack('desktop', {}, { STACK_PROMETHEUS_LISTEN: '127.0.0.1:9090' });
    await desktop.stack.up([], quiet, NEVER);
    expect((await desktop.docker.calls()).some((call) => call.includes('linux.yml'))).toBe(false);
    expect(await readFile(desktop.environmentFile, 'utf8')).not.toContain('STACK_');
  });

  test('a stack of another settings folder has containers and volumes of its own', async () => {
    const usual = await tryStack();
    await usual.stack.status(NEVER);
    expect((await usual.docker.calls()).at(-1)).toContain('--project-name tapedeck --');
    const other = await tryStack(null, { defaultConfigDir: '/somewhere/else' });
    await other.stack.status(NEVER);
    expect((await other.docker.calls()).at(-1)).toMatch(/--project-name tapedeck-[0-9a-f]{8} --/);
  });

  test('is absent before it is started and after it is taken down; the data goes only when that is said', async () => {
    const { stack, docker } = await tryStack();
    expect((await stack.status(NEVER)).map(({ state }) => state)).toEqual(['absent', 'absent']);
    await stack.up([], quiet, NEVER);
    await stack.down({ removeData: false }, quiet, NEVER);
    expect((await docker.calls()).at(-1)).not.toContain('--volumes');
    expect((await stack.status(NEVER)).map(({ state }) => state)).toEqual(['absent', 'absent']);
    await stack.down({ removeData: true }, quiet, NEVER);
    expect((await docker.calls()).at(-1)).toContain('--volumes');
  });

  test('follows logs until it is told to stop', async () => {
    const { stack } = await tryStack();
    const stop = new AbortController();
    const lines: string[] = [];
    const onLine = (line: string): void => {
      lines.push(line);
      stop.abort();
    };
    const error = await failure(stack.logs({ services: [], follow: true, tail: 5 }, onLine, stop.signal));
    expect(error.problem).toBe('stopped');
    expect(lines).toEqual(['database-1  | FATAL:  data directory has wrong ownership']);
  });

  test('a start that is cancelled ends the programs it began', async () => {
    const { stack } = await tryStack('hang');
    const stop = new AbortController();
    // The process that it began holds its error output open for ten minutes: it ends before, or this does not.
    const error = await failure(stack.up([], () => stop.abort(), stop.signal));
    expect(error.problem).toBe('stopped');
  });
});

describe('what can go wrong', () => {
  test.each<[DockerScenario, string, string]>([
    ['no-compose', 'no-compose', 'docker-compose-plugin'],
    ['engine-down', 'engine-down', 'systemctl start docker'],
    ['no-permission', 'no-permission', 'usermod -aG docker'],
    ['port-taken', 'port-taken', 'Port 5432, which TimescaleDB needs, is taken'],
    ['desktop-port-taken', 'port-taken', 'choose another port: KAFKA_PORT=...'],
    ['disk-full', 'disk-full', 'disk on which Docker keeps its images'],
    ['no-network', 'no-network', 'registry cannot be reached'],
    ['image-refused', 'image-refused', 'toomanyrequests'],
    ['odd', 'failed', 'something nobody has seen before'],
  ])('%s is known as %s and says what to do', async (scenario, problem, sentence) => {
    const { stack } = await tryStack(scenario);
    const error = await failure(stack.up([], quiet, NEVER));
    expect(error.problem).toBe(problem);
    expect(error.userMessage).toContain(sentence);
  });

  test.each<[NodeJS.Platform, string]>([
    ['linux', 'docs.docker.com/engine/install'],
    ['darwin', 'Docker Desktop for Mac'],
    ['win32', 'Docker Desktop for Windows'],
  ])('without Docker on %s it says what to install and that the embedded stack goes on', async (platform, hint) => {
    const { stack } = await tryStack(null, { surroundings: { environment: { PATH: '' }, platform } });
    const error = await failure(stack.status(NEVER));
    expect(error.problem).toBe('not-installed');
    expect(error.userMessage).toContain(hint);
    expect(error.userMessage).toContain('stays on the embedded stack');
  });

  test('a service that does not become healthy in time is named with what it said last', async () => {
    const { stack } = await tryStack('unhealthy', { healthTimeoutMs: 3_000 });
    const error = await failure(stack.up([], quiet, NEVER));
    expect(error.problem).toBe('unhealthy');
    expect(error.userMessage).toMatch(/^TimescaleDB is unhealthy after 3 s\. It said last:\n.*wrong ownership$/);
  });

  test('a service that has ended is not waited for', async () => {
    const { stack } = await tryStack('exited');
    const { userMessage } = await failure(stack.up([], quiet, NEVER));
    expect(userMessage).toContain('TimescaleDB is stopped with exit code 1 after 0 s');
  });

  test('a password that no file of Compose can hold is refused by name, without a word of it', async () => {
    const { stack } = await tryStack(null, {}, { POSTGRES_PASSWORD: "it's" });
    const error: unknown = await stack.up([], quiet, NEVER).catch((reason: unknown) => reason);
    expect(String(error)).toContain('POSTGRES_PASSWORD');
    expect(String(error)).not.toContain("it's");
  });

  test('what somebody added to the copied files stays there', async () => {
    const { stack, docker } = await tryStack();
    await stack.status(NEVER);
    const added = join(docker.folder, 'stack', 'resources', 'stack', 'prometheus', 'targets', 'worker.json');
    await writeFile(added, '[]');
    await stack.status(NEVER);
    expect(await readFile(added, 'utf8')).toBe('[]');
  });
});
