import { join } from 'node:path';
import type { StackServiceState } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { loadProcessConfig } from '../boot.ts';
import type { Config } from '../config/config.ts';
import { parseFlags } from '../config/parse-flags.ts';
import type { ParsedFlags } from '../config/parse-flags.ts';
import { platformFolders } from '../config/platform-folders.ts';
import type { CommandSurroundings } from '../run-command.ts';
import { ProblemError } from '../web/rest/problem.ts';
import { BundledStack } from './bundled-stack.ts';
import type { StackProgress } from './compose-progress.ts';
import { moveInstances } from './move-instances.ts';
import { stackSourceFolder } from './stack-files.ts';
import { STACK_PROFILES, STACK_SERVICES } from './stack-services.ts';
import type { StackProfile } from './stack-services.ts';

const ACTIONS = ['up', 'down', 'status', 'logs', 'reset'] as const;
type Action = (typeof ACTIONS)[number];

const FLAGS = ['profile', 'tail'];
const SWITCHES = ['json', 'yes', 'follow'];
const EXIT_OK = 0;
const EXIT_BAD_USAGE = 2;
/** It is as its user wants it: the stack is chosen otherwise, or the host is open to others. */
const PINNED: ReadonlySet<number> = new Set([409, 501]);
const DEFAULT_TAIL = 100;
const MAX_TAIL = 100_000;

const HELP = `Usage: npm run stack -- up | down | status | logs [SERVICE...] | reset, flags after it

  up       pull and start Kafka and TimescaleDB in Docker, wait until they are healthy; a running TapeDeck moves to them
  down     stop them; the data stays. A TapeDeck that was moved to them goes back to the embedded stack first
  status   state, health, ports and image of each service
  logs     what the services said
  reset    stop them and remove their data

  --profile tools,monitoring   up: with Kafka UI and pgAdmin, with Prometheus and Grafana
  --json                       status: as JSON
  --follow, --tail N           logs: go on until interrupted; the last N lines of each service (${DEFAULT_TAIL})
  --yes                        reset: do not ask
  --config-dir, --data-dir     as everywhere; passwords are made into bundled-stack.env of the settings folder

Ports: KAFKA_PORT POSTGRES_PORT KAFKA_UI_PORT PGADMIN_PORT PROMETHEUS_PORT GRAFANA_PORT in the environment or .env;
POSTGRES_DB, POSTGRES_USER and POSTGRES_PASSWORD count too. Data goes to standard output, progress to standard error.
Exit codes: 0 done, 1 failed, 2 bad usage.
`;

/** `npm run stack -- ...`: data to standard output, progress to standard error. Answers the exit code. */
export async function runStackCommand(args: readonly string[], surroundings: CommandSurroundings): Promise<number> {
  if (args.length === 0) {
    surroundings.writeError(HELP);
    return EXIT_BAD_USAGE;
  }
  await runAction(args, surroundings);
  return EXIT_OK;
}

async function runAction(args: readonly string[], surroundings: CommandSurroundings): Promise<void> {
  const { standardOutput, writeError, stop } = surroundings;
  const firstFlag = args.findIndex((argument) => argument.startsWith('-'));
  const words = firstFlag === -1 ? args : args.slice(0, firstFlag);
  const parsed = parseFlags(args.slice(words.length), FLAGS, SWITCHES);
  if (parsed.switches.has('help')) {
    standardOutput.write(HELP);
    return;
  }
  const action = actionOf(words);
  const services = servicesOf(action, words.slice(1));
  const profiles = profilesOf(parsed);
  const tail = tailOf(parsed);
  const own = new Set([...FLAGS, ...SWITCHES]);
  const flags = Object.fromEntries(Object.entries(parsed.flags).filter(([name]) => !own.has(name)));
  const { config } = loadProcessConfig('export', flags, surroundings);
  const stack = createBundledStack(config, surroundings.environment);
  const onProgress = ({ subject, text, percent }: StackProgress): void =>
    writeError(`${subject}: ${text}${percent === null ? '' : ` (${percent} %)`}\n`);
  switch (action) {
    case 'up': {
      const states = await stack.up(profiles, onProgress, stop);
      standardOutput.write(statusText(states));
      writeError(`Passwords are in ${config.bundled.environmentFile}.\n${await moveThere(config, stop)}\n`);
      return;
    }
    case 'down':
      await moveAway(config, surroundings);
      return stack.down({ removeData: false }, onProgress, stop);
    case 'status': {
      const states = await stack.status(stop);
      standardOutput.write(
        parsed.switches.has('json') ? `${JSON.stringify({ services: states }, null, 2)}\n` : statusText(states),
      );
      return;
    }
    case 'logs': {
      const follow = parsed.switches.has('follow');
      const logs = stack.logs({ services, follow, tail }, (line) => void standardOutput.write(`${line}\n`), stop);
      // Interrupting is how one stops to follow.
      return logs.catch((error: unknown) => {
        if (!stop.aborted) throw error;
      });
    }
    case 'reset':
      await confirmReset(parsed, surroundings);
      await moveAway(config, surroundings);
      return stack.down({ removeData: true }, onProgress, stop);
  }
}

/** What has become of a running TapeDeck, or what to start now. */
async function moveThere(config: Config, stop: AbortSignal): Promise<string> {
  try {
    const moved = await moveInstances(config, 'bundled', stop);
    return moved === null ? 'Now: npm start -- --stack bundled' : 'The running TapeDeck is on it.';
  } catch (error) {
    if (!(error instanceof ProblemError) || !PINNED.has(error.problem.status)) throw error;
    return `The running TapeDeck stays where it is. ${error.problem.detail}`;
  }
}

/** Nobody's pipeline may lose its broker and its database by it. */
async function moveAway(config: Config, { writeError, stop }: CommandSurroundings): Promise<void> {
  const moved = await moveInstances(config, 'embedded', stop);
  if (moved?.hasMoved === true) writeError('The running TapeDeck has moved to the embedded stack.\n');
}

/** The stack of this user, from what the configuration says of it. */
export function createBundledStack(
  config: Pick<Config, 'bundled' | 'dataDir' | 'metricsPort'>,
  environment: Readonly<Record<string, string | undefined>>,
): BundledStack {
  return new BundledStack({
    bundled: config.bundled,
    defaultConfigDir: platformFolders().config,
    sourceFolder: stackSourceFolder(),
    stackFolder: join(config.dataDir, 'stack'),
    metricsPort: config.metricsPort,
    surroundings: { environment, platform: process.platform },
  });
}

function actionOf([given]: readonly string[]): Action {
  const action = ACTIONS.find((known) => known === given);
  if (action !== undefined) return action;
  const what = given === undefined ? 'needs one of' : `${JSON.stringify(given)} must be one of`;
  throw new TapedeckError('bad-config', `stack: ${what} ${ACTIONS.join(', ')} (see --help)`);
}

function servicesOf(action: Action, given: readonly string[]): readonly string[] {
  const names = STACK_SERVICES.map(({ name }) => name);
  const [surplus] = action === 'logs' ? given.filter((service) => !names.includes(service)) : given;
  if (surplus === undefined) return given;
  const why = action === 'logs' ? `is no service; there are ${names.join(', ')}` : `is not understood by ${action}`;
  throw new TapedeckError('bad-config', `stack: ${JSON.stringify(surplus)} ${why}`);
}

function profilesOf({ flags }: ParsedFlags): readonly StackProfile[] {
  const given = (flags['profile'] ?? '').split(',').map((text) => text.trim());
  const names = given.filter((text) => text !== '');
  const wrong = names.find((name) => !(STACK_PROFILES as readonly string[]).includes(name));
  if (wrong === undefined) return STACK_PROFILES.filter((profile) => names.includes(profile));
  throw new TapedeckError(
    'bad-config',
    `--profile: ${JSON.stringify(wrong)} must be ${STACK_PROFILES.join(' or ')}, or both`,
  );
}

function tailOf({ flags }: ParsedFlags): number {
  const text = flags['tail'];
  if (text === undefined) return DEFAULT_TAIL;
  const tail = Number(text);
  if (Number.isInteger(tail) && tail >= 0 && tail <= MAX_TAIL) return tail;
  throw new TapedeckError('bad-config', `--tail: ${JSON.stringify(text)} must be a number from 0 to ${MAX_TAIL}`);
}

async function confirmReset({ switches }: ParsedFlags, { confirm }: CommandSurroundings): Promise<void> {
  if (switches.has('yes')) return;
  const what = 'This removes everything that Kafka and TimescaleDB of the bundled stack hold.';
  if (confirm === undefined || confirm === null) {
    throw new TapedeckError('bad-config', `reset: ${what} Say --yes to do so.`);
  }
  if (!(await confirm(`${what} Go on?`))) throw new TapedeckError('closed', 'Nothing was removed.');
}

/** One line a service, in columns. */
function statusText(services: readonly StackServiceState[]): string {
  const rows = services.map(({ name, state, health, ports, image }) => [
    name,
    health === '' ? state : `${state}, ${health}`,
    ports.join(' ') || '—',
    image || '—',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('');
}
