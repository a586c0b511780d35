import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { StackServiceState } from '../../contract/index.ts';
import { pause } from '../../runtime/pause.ts';
import type { Sleep } from '../../runtime/pause.ts';
import type { BundledConfig } from '../config/bundled-config.ts';
import { BundledStackError } from './bundled-stack-error.ts';
import { ComposeProgress, composeErrorText } from './compose-progress.ts';
import type { StackProgress } from './compose-progress.ts';
import { isHealthy, parseComposeStatus } from './compose-status.ts';
import { askEngine, findDocker } from './docker-client.ts';
import type { DockerClient, DockerSurroundings } from './docker-client.ts';
import { dockerFailure } from './docker-failure.ts';
import type { FailureContext } from './docker-failure.ts';
import { runProgram } from './run-program.ts';
import type { ProgramEnd, ProgramRun } from './run-program.ts';
import { STACK_SECRETS, writeStackEnvironment } from './stack-environment.ts';
import { COMPOSE_FILE, LINUX_COMPOSE_FILE, copyStackFiles } from './stack-files.ts';
import { STACK_PROFILES, STACK_SERVICES } from './stack-services.ts';
import type { StackProfile } from './stack-services.ts';

export interface BundledStackOptions {
  readonly bundled: BundledConfig;
  /** The settings folder that everybody has who chose none: its stack is called `tapedeck`, any other has a name of its own. */
  readonly defaultConfigDir: string;
  /** Holds docker-compose.yml and resources/stack. */
  readonly sourceFolder: string;
  /** Where they are copied to. */
  readonly stackFolder: string;
  /** Of the host that Prometheus is to read. */
  readonly metricsPort: number | null;
  readonly surroundings: Omit<DockerSurroundings, 'workingDir'>;
  readonly sleep?: Sleep;
  /** How long services may take until they are healthy once they are started, ms. */
  readonly healthTimeoutMs?: number;
}

interface Prepared {
  readonly client: DockerClient;
  readonly context: FailureContext;
  readonly files: readonly string[];
}

const DEFAULT_METRICS_PORT = 9464;
const HEALTH_TIMEOUT_MS = 180_000;
const HEALTH_POLL_MS = 1_000;
const TOLD_LOG_LINES = 15;

/** In psql's own words, given on its standard input: the password is in the container's environment already. */
const SET_PASSWORD = `\\getenv user POSTGRES_USER\n\\getenv password POSTGRES_PASSWORD\nALTER USER :"user" PASSWORD :'password';\n`;
const PSQL = 'exec psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB"';

/** docker-compose.yml on this machine. Every method rejects with a `BundledStackError` that says what to do. */
export class BundledStack {
  readonly #options: BundledStackOptions;
  readonly #project: string;

  constructor(options: BundledStackOptions) {
    this.#options = options;
    this.#project = projectName(dirname(options.bundled.environmentFile), options.defaultConfigDir);
  }

  /** Pulls what is missing, starts the services, resolves once all of them are healthy. */
  async up(
    profiles: readonly StackProfile[],
    onProgress: (progress: StackProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly StackServiceState[]> {
    const prepared = await this.#prepare(signal);
    const progress = new ComposeProgress(this.#project);
    const onLine = (line: string): void => {
      const news = progress.read(line);
      if (news !== null) onProgress(news);
    };
    const upArguments = [...profileFlags(profiles), '--progress', prepared.client.progress, 'up', '--detach'];
    await this.#compose(prepared, upArguments, { signal, onError: onLine });
    const services = await this.#untilHealthy(prepared, profiles, onProgress, signal);
    // A database keeps the password that it was made with; the file may have got another since.
    await this.#compose(prepared, ['exec', '-T', 'database', 'sh', '-c', PSQL], { signal, input: SET_PASSWORD });
    return services;
  }

  async status(signal: AbortSignal): Promise<readonly StackServiceState[]> {
    return this.#services(await this.#prepare(signal), signal);
  }

  /** Hands over log lines, `service  | text`, the last `tail` of each service and then, if followed, until aborted. */
  async logs(
    {
      services,
      follow,
      tail,
    }: { readonly services: readonly string[]; readonly follow: boolean; readonly tail: number },
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const prepared = await this.#prepare(signal);
    const logArguments = ['logs', '--no-color', '--tail', String(tail), ...(follow ? ['--follow'] : []), ...services];
    await this.#compose(prepared, [...profileFlags(STACK_PROFILES), ...logArguments], { signal, onOutput: onLine });
  }

  /** Stops and removes the containers; the data stays. With `removeData` its volumes go too. */
  async down(
    { removeData }: { readonly removeData: boolean },
    onProgress: (progress: StackProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const prepared = await this.#prepare(signal);
    const progress = new ComposeProgress(this.#project);
    const onLine = (line: string): void => {
      const news = progress.read(line);
      if (news !== null) onProgress(news);
    };
    const flags = [...profileFlags(STACK_PROFILES), '--progress', prepared.client.progress];
    const downArguments = ['down', '--remove-orphans', ...(removeData ? ['--volumes'] : [])];
    await this.#compose(prepared, [...flags, ...downArguments], { signal, onError: onLine });
  }

  /** Files and passwords in place, Docker found, its engine asked. */
  async #prepare(signal: AbortSignal): Promise<Prepared> {
    const { bundled, surroundings, stackFolder, sourceFolder, metricsPort } = this.#options;
    const { platform } = surroundings;
    const client = await findDocker({ ...surroundings, workingDir: sourceFolder }, signal);
    const context = { platform, project: this.#project, environment: bundled.environment };
    const engine = await askEngine(client, sourceFolder, context, signal);
    await copyStackFiles(sourceFolder, stackFolder, metricsPort ?? DEFAULT_METRICS_PORT);
    const isNative = platform === 'linux' && !/docker desktop/i.test(engine.operatingSystem);
    const environment = writeStackEnvironment(bundled, isNative ? sharedNetwork(bundled.environment) : {});
    const files = isNative ? [COMPOSE_FILE, LINUX_COMPOSE_FILE] : [COMPOSE_FILE];
    return { client, context: { ...context, environment }, files };
  }

  async #untilHealthy(
    prepared: Prepared,
    profiles: readonly StackProfile[],
    onProgress: (progress: StackProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly StackServiceState[]> {
    const { sleep = pause, healthTimeoutMs = HEALTH_TIMEOUT_MS } = this.#options;
    const wanted = STACK_SERVICES.filter(({ profile }) => profile === null || profiles.includes(profile));
    const told = new Map<string, string>();
    for (let waitedMs = 0; ; waitedMs += HEALTH_POLL_MS) {
      const services = await this.#services(prepared, signal);
      const waitedFor = services.filter(({ name }) => wanted.some((service) => service.name === name));
      for (const service of waitedFor) {
        const text = isHealthy(service) ? 'healthy' : `waiting: ${wordsFor(service)}`;
        if (told.get(service.name) === text) continue;
        told.set(service.name, text);
        onProgress({ subject: service.name, text, percent: null });
      }
      const sick = waitedFor.filter((service) => !isHealthy(service));
      const gone = sick.find(({ state }) => state === 'exited' || state === 'dead');
      if (sick.length === 0) return services;
      if (gone !== undefined || waitedMs >= healthTimeoutMs)
        throw await this.#unhealthy(prepared, gone ?? sick[0], waitedMs, signal);
      await sleep(HEALTH_POLL_MS, signal);
      throwIfStopped(signal);
    }
  }

  async #unhealthy(
    prepared: Prepared,
    service: StackServiceState | undefined,
    waitedMs: number,
    signal: AbortSignal,
  ): Promise<BundledStackError> {
    const name = service?.name ?? '';
    const logArguments = ['logs', '--no-color', '--no-log-prefix', '--tail', String(TOLD_LOG_LINES), name];
    const { output } = await this.#compose(prepared, [...profileFlags(STACK_PROFILES), ...logArguments], { signal });
    const state = service === undefined ? 'is not there' : `is ${wordsFor(service)}`;
    const sentence = `${service?.title ?? 'A service'} ${state} after ${Math.round(waitedMs / 1000)} s.`;
    const said = output.trim() === '' ? 'It has said nothing.' : `It said last:\n${output.trim()}`;
    return new BundledStackError('unhealthy', sentence, `${sentence} ${said}`);
  }

  async #services(prepared: Prepared, signal: AbortSignal): Promise<readonly StackServiceState[]> {
    const psArguments = [...profileFlags(STACK_PROFILES), 'ps', '--all', '--format', 'json'];
    const { output } = await this.#compose(prepared, psArguments, { signal });
    return parseComposeStatus(output, prepared.context.environment);
  }

  async #compose(
    { client, context, files }: Prepared,
    composeArguments: readonly string[],
    more: Pick<ProgramRun, 'signal' | 'input' | 'onOutput' | 'onError'>,
  ): Promise<ProgramEnd> {
    const { bundled, stackFolder } = this.#options;
    const [command, ...first] = client.compose;
    const end = await runProgram({
      command,
      programArguments: [
        ...first,
        '--project-name',
        this.#project,
        '--project-directory',
        '.',
        '--env-file',
        bundled.environmentFile,
        ...files.flatMap((file) => ['--file', file]),
        ...composeArguments,
      ],
      environment: withoutOwnNames(client.environment, context.environment),
      workingDir: stackFolder,
      ...more,
    });
    throwIfStopped(more.signal);
    if (end.exitCode === 0) return end;
    const printed = end.errors.split('\n').map((line) => composeErrorText(line) ?? line);
    throw dockerFailure(printed.join('\n'), context);
  }
}

/** Of what surrounds us nothing may win over the file, which has taken it in already. */
function withoutOwnNames(
  surrounding: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  const isOurs = (name: string): boolean =>
    name in own || name.startsWith('COMPOSE_') || (STACK_SECRETS as readonly string[]).includes(name);
  return Object.fromEntries(Object.entries(surrounding).filter(([name]) => !isOurs(name)));
}

/** On Linux itself Prometheus and Grafana share the machine's network, see resources/stack/linux.yml. */
function sharedNetwork(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const prometheus = environment['PROMETHEUS_PORT'] ?? '';
  return {
    STACK_HOST_ADDRESS: '127.0.0.1',
    STACK_PROMETHEUS_LISTEN: `127.0.0.1:${prometheus}`,
    STACK_PROMETHEUS_OWN_PORT: prometheus,
    STACK_PROMETHEUS_URL: `http://127.0.0.1:${prometheus}`,
    STACK_GRAFANA_ADDRESS: '127.0.0.1',
    STACK_GRAFANA_OWN_PORT: environment['GRAFANA_PORT'] ?? '',
  };
}

function profileFlags(profiles: readonly StackProfile[]): readonly string[] {
  return profiles.flatMap((profile) => ['--profile', profile]);
}

function projectName(configDir: string, defaultConfigDir: string): string {
  if (configDir === defaultConfigDir) return 'tapedeck';
  return `tapedeck-${createHash('sha256').update(configDir).digest('hex').slice(0, 8)}`;
}

function wordsFor({ state, health, exitCode }: StackServiceState): string {
  if (state === 'exited') return `stopped with exit code ${exitCode}`;
  if (state === 'absent') return 'not started';
  return state === 'running' && health !== '' ? health : state;
}

function throwIfStopped(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new BundledStackError('stopped', 'stopped on request', 'Stopped. What has been downloaded is kept.');
}
