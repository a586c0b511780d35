import type { Writable } from 'node:stream';
import { TapedeckError, silentLog } from '../market/index.ts';
import { aborted } from '../runtime/pause.ts';
import { loadHostConfig, loadProcessConfig, openHeadlessParts } from './boot.ts';
import { checkConfigText } from './config/check-config.ts';
import type { Config, HostKind, LoadedConfig } from './config/config.ts';
import { helpText } from './config/help-text.ts';
import { parseFlags } from './config/parse-flags.ts';
import { runStoreCommand } from './copy/run-store-command.ts';
import { EXPORT_FLAGS, readExportRequest } from './export/export-request.ts';
import { runExport } from './export/run-export.ts';
import { runStackCommand } from './bundled/stack-command.ts';
import { openHost } from './open-host.ts';
import type { PipelineHost } from './pipeline-host.ts';
import { ownVersion } from './own-version.ts';
import { ProblemError } from './web/rest/problem.ts';
import { builtUiFolder } from './web/static-ui.ts';

const EXIT_OK = 0;
export const EXIT_FAILED = 1;
const EXIT_BAD_USAGE = 2;

export interface CommandSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly standardOutput: Writable;
  readonly writeError: (line: string) => void;
  /** Asks whoever sits at the terminal; null where nobody does. */
  readonly confirm?: ((question: string) => Promise<boolean>) | null;
  /** Aborts when the process is asked to stop. */
  readonly stop: AbortSignal;
  /** Called before a host is opened, which runs on though nobody reads what it prints. */
  readonly onServing?: () => void;
}

/** `desktop` is Electron's to start; here it answers questions about its configuration, and is served where Electron cannot. */
const COMMANDS = ['web', 'worker', 'export', 'store', 'stack', 'check', 'desktop'] as const;
type Command = Exclude<(typeof COMMANDS)[number], 'store' | 'stack'>;

const OWN_FLAGS: Partial<Record<Command, readonly string[]>> = { export: EXPORT_FLAGS, desktop: ['instead-of'] };

/** Runs one command line (`web --port 8484`) to its end and answers the exit code. */
export async function runCommand(args: readonly string[], surroundings: CommandSurroundings): Promise<number> {
  try {
    return await dispatch(args, surroundings);
  } catch (error) {
    const message = error instanceof ProblemError ? error.problem.detail : TapedeckError.from(error).userMessage;
    surroundings.writeError(`tapedeck: ${message.replaceAll('\n', '\ntapedeck: ')}\n`);
    return exitCodeOf(error);
  }
}

async function dispatch(args: readonly string[], surroundings: CommandSurroundings): Promise<number> {
  const { standardOutput } = surroundings;
  const [first = ''] = args;
  const isNamed = !first.startsWith('-') && first !== '';
  const command = isNamed ? COMMANDS.find((candidate) => candidate === first) : 'web';
  if (command === undefined) {
    const message = `there is no command ${JSON.stringify(first)}; there are web, worker, export, store, stack and check`;
    throw new TapedeckError('bad-config', message);
  }
  if (command === 'store') return runStoreCommand(args.slice(1), surroundings);
  if (command === 'stack') return runStackCommand(args.slice(1), surroundings);
  const { flags, switches } = parseFlags(isNamed ? args.slice(1) : args, OWN_FLAGS[command] ?? []);
  if (switches.has('help')) {
    standardOutput.write(helpText());
    return EXIT_OK;
  }
  if (switches.has('version')) {
    standardOutput.write(`${ownVersion()}\n`);
    return EXIT_OK;
  }
  const kind: HostKind = command === 'check' ? 'web' : command;
  const loaded = loadProcessConfig(kind, flags, surroundings);
  if (command === 'check' || switches.has('check-config')) {
    standardOutput.write(checkConfigText(loaded));
    return EXIT_OK;
  }
  if (command === 'desktop') return serveInstead(flags, loaded.config, surroundings);
  return command === 'export' ? exportTable(flags, loaded, surroundings) : runHost(command, flags, surroundings);
}

/** The window in a browser, where none can be opened for the reason given in `--instead-of`. */
function serveInstead(
  { 'instead-of': reason, ...flags }: Readonly<Record<string, string>>,
  { attachUrl }: Config,
  surroundings: CommandSurroundings,
): Promise<number> {
  if (reason === undefined) throw new TapedeckError('bad-config', 'the desktop app is started by npm start');
  if (attachUrl !== null) {
    throw new TapedeckError(
      'unsupported',
      `${reason}: open ${attachUrl} in a browser instead, it shows the same window.`,
    );
  }
  surroundings.writeError(`${reason}; serving the same window in your browser instead.\n`);
  return runHost('web', flags, surroundings);
}

async function exportTable(
  flags: Readonly<Record<string, string>>,
  { config }: LoadedConfig,
  { workingDir, standardOutput, writeError, stop }: CommandSurroundings,
): Promise<number> {
  const request = readExportRequest(flags, workingDir, Date.now());
  const count = await runExport({ config, request, standardOutput, log: silentLog, stop });
  if (request.outFile !== null) writeError(`${count} rows in ${request.outFile}\n`);
  return EXIT_OK;
}

async function runHost(
  command: Extract<Command, 'web' | 'worker'>,
  flags: Readonly<Record<string, string>>,
  surroundings: CommandSurroundings,
): Promise<number> {
  const { environment, standardOutput, writeError, stop } = surroundings;
  surroundings.onServing?.();
  const reload = (): LoadedConfig => loadHostConfig(command, flags, surroundings);
  const loaded = reload();
  const { settings, secrets, log } = openHeadlessParts(loaded, writeError);
  const isWeb = command === 'web';
  try {
    const showLink = (url: string): void => {
      standardOutput.write(`Open ${url} (works once, within 60 seconds)\n`);
    };
    const host = await openHost({
      version: ownVersion(),
      loaded,
      reload,
      settings,
      secrets,
      desktopNotifier: null,
      ui: isWeb ? { directory: builtUiFolder() } : null,
      showLink,
      environment,
      log,
    });
    try {
      if (isWeb && host.http !== null) {
        standardOutput.write(`TapeDeck is at ${host.http.url}/\n`);
        showLink(host.http.newLink());
      }
      await Promise.race([aborted(stop), ...(isWeb ? [] : endOfWork(loaded.config, host.pipelineHost))]);
    } finally {
      log.info({}, 'stopping');
      await host.close();
    }
    log.info({}, 'stopped');
    return EXIT_OK;
  } finally {
    settings.close();
    log.close();
  }
}

/** A screen stays up to show what is wrong or what was replayed; a worker has nothing left to do then. */
function endOfWork({ feed, roles }: Config, { failed, finished }: PipelineHost): readonly Promise<void>[] {
  return feed === 'replay' && roles.has('ingest') ? [failed, finished] : [failed];
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ProblemError) return error.problem.status === 400 ? EXIT_BAD_USAGE : EXIT_FAILED;
  const { code } = TapedeckError.from(error);
  return code === 'bad-config' || code === 'bad-input' ? EXIT_BAD_USAGE : EXIT_FAILED;
}
