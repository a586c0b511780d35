import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { TapedeckError } from '../../market/index.ts';
import { composeMissing, dockerFailure, dockerMissing } from './docker-failure.ts';
import type { FailureContext } from './docker-failure.ts';
import { runProgram } from './run-program.ts';
import type { ProgramEnd, ProgramRun } from './run-program.ts';

/** How Compose is called on this machine. */
export interface DockerClient {
  /** Of the `docker` program; null where only the stand-alone `docker-compose` is there. */
  readonly docker: string | null;
  /** Command and first arguments: `docker compose` or `docker-compose`. */
  readonly compose: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `json` since Compose 2.29. */
  readonly progress: 'json' | 'plain';
}

export interface DockerSurroundings {
  /** Of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly workingDir: string;
}

/** A desktop app started from a dock or menu has a shorter path than a shell. */
const MORE_FOLDERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['/usr/local/bin', '/opt/homebrew/bin', '/Applications/Docker.app/Contents/Resources/bin'],
  linux: ['/usr/local/bin', '/usr/bin', '/snap/bin'],
  win32: ['C:\\Program Files\\Docker\\Docker\\resources\\bin'],
};

const FIRST_JSON_VERSION = [2, 29] as const;

/**
 * Finds Docker and its Compose, on the path and where their installers put them. Rejects with `not-installed` or
 * `no-compose`, whose sentence says what to install on this platform.
 */
export async function findDocker(surroundings: DockerSurroundings, signal: AbortSignal): Promise<DockerClient> {
  const { platform, workingDir } = surroundings;
  const folders = searchPath(surroundings);
  const environment = { ...surroundings.environment, PATH: folders.join(delimiter) };
  const docker = await findProgram('docker', folders, platform);
  const standAlone = await findProgram('docker-compose', folders, platform);
  if (docker === null && standAlone === null) throw dockerMissing(platform);
  const candidates: (readonly [string, ...string[]])[] = [];
  if (docker !== null) candidates.push([docker, 'compose']);
  if (standAlone !== null) candidates.push([standAlone]);
  let said = '';
  for (const compose of candidates) {
    const [command, ...first] = compose;
    const end = await started({
      command,
      programArguments: [...first, 'version', '--short'],
      environment,
      workingDir,
      signal,
    });
    if (end.exitCode === 0) return { docker, compose, environment, progress: progressOf(end.output) };
    said = end.errors;
  }
  signal.throwIfAborted();
  throw composeMissing(platform, said);
}

/** Asks the engine for the system it runs on. Rejects with `engine-down` or `no-permission`. */
export async function askEngine(
  { docker, environment }: DockerClient,
  workingDir: string,
  context: FailureContext,
  signal: AbortSignal,
): Promise<{ readonly operatingSystem: string }> {
  if (docker === null) return { operatingSystem: '' };
  const programArguments = ['info', '--format', '{{.OperatingSystem}}'];
  const { exitCode, output, errors } = await started({
    command: docker,
    programArguments,
    environment,
    workingDir,
    signal,
  });
  signal.throwIfAborted();
  if (exitCode !== 0) throw dockerFailure(errors, context);
  return { operatingSystem: output.trim() };
}

async function started(run: ProgramRun): Promise<ProgramEnd> {
  try {
    return await runProgram(run);
  } catch (error) {
    throw new TapedeckError('unsupported', `${run.command} cannot be started`, {
      userMessage: `${run.command} cannot be started: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}

function searchPath({ environment, platform }: DockerSurroundings): readonly string[] {
  const given = (environment['PATH'] ?? environment['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const own = platform === 'win32' ? [] : [join(environment['HOME'] ?? homedir(), '.docker', 'bin')];
  // Somebody who hands over an empty path means it.
  return given.length === 0 ? [] : [...new Set([...given, ...own, ...(MORE_FOLDERS[platform] ?? [])])];
}

async function findProgram(
  name: string,
  folders: readonly string[],
  platform: NodeJS.Platform,
): Promise<string | null> {
  const fileName = platform === 'win32' ? `${name}.exe` : name;
  for (const folder of folders) {
    const path = join(folder, fileName);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return null;
}

function progressOf(version: string): 'json' | 'plain' {
  const [major = 0, minor = 0] = version.trim().replace(/^v/, '').split('.').map(Number);
  const [firstMajor, firstMinor] = FIRST_JSON_VERSION;
  return major > firstMajor || (major === firstMajor && minor >= firstMinor) ? 'json' : 'plain';
}
