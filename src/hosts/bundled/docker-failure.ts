import { BundledStackError } from './bundled-stack-error.ts';
import type { StackProblem } from './bundled-stack-error.ts';
import { STACK_SERVICES, serviceOfContainer } from './stack-services.ts';

export interface FailureContext {
  readonly platform: NodeJS.Platform;
  /** Compose project, the first part of its containers' names. */
  readonly project: string;
  /** What the stack is started with: tells whose port a port is. */
  readonly environment: Readonly<Record<string, string>>;
}

const STAYS = 'Until then TapeDeck stays on the embedded stack.';

/** Checked from the top: the first that fits what Docker printed. */
const PATTERNS: readonly (readonly [StackProblem, RegExp])[] = [
  ['no-permission', /permission denied while trying to connect to the docker/i],
  [
    'engine-down',
    /cannot connect to the docker daemon|is the docker daemon running|failed to connect to the docker api|error during connect|docker desktop is (?:not running|unable to start)/i,
  ],
  [
    'no-compose',
    /unknown command: docker compose|'compose' is not a docker command|unknown shorthand flag: '\w' in -\w|unknown flag: --(?:progress|project-name|env-file)/i,
  ],
  [
    'port-taken',
    /port is already allocated|address already in use|ports are not available|forbidden by its access permissions|failed to bind host port/i,
  ],
  ['disk-full', /no space left on device|not enough space on the disk|disk quota exceeded/i],
  [
    'image-refused',
    /pull access denied|manifest (?:unknown|for .* not found)|toomanyrequests|no matching manifest|unauthorized: /i,
  ],
  [
    'no-network',
    /no such host|temporary failure in name resolution|network is unreachable|tls handshake timeout|i\/o timeout|client\.timeout exceeded|request canceled while waiting for connection|connection reset by peer|proxyconnect|dial tcp .*connection refused/i,
  ],
];

/** The failure behind what Docker or Compose printed last on its error output. */
export function dockerFailure(printed: string, context: FailureContext): BundledStackError {
  const problem = PATTERNS.find(([, pattern]) => pattern.test(printed))?.[0] ?? 'failed';
  return new BundledStackError(problem, lastLine(printed), sentenceFor(problem, printed, context));
}

/** No Docker anywhere on this machine. */
export function dockerMissing(platform: NodeJS.Platform): BundledStackError {
  return new BundledStackError('not-installed', 'there is no docker on the path', `${installHint(platform)} ${STAYS}`);
}

export function composeMissing(platform: NodeJS.Platform, cause: string): BundledStackError {
  return new BundledStackError(
    'no-compose',
    lastLine(cause),
    sentenceFor('no-compose', '', { platform, project: '', environment: {} }),
  );
}

function sentenceFor(
  problem: StackProblem,
  printed: string,
  { platform, project, environment }: FailureContext,
): string {
  switch (problem) {
    case 'not-installed':
      return `${installHint(platform)} ${STAYS}`;
    case 'no-compose':
      return platform === 'linux'
        ? `Docker is here without Compose. Install the package docker-compose-plugin (https://docs.docker.com/compose/install/linux/). ${STAYS}`
        : `Docker is here without Compose. Install or update Docker Desktop, which brings it. ${STAYS}`;
    case 'engine-down':
      return platform === 'linux'
        ? `Docker is installed but not running. Start it with "sudo systemctl start docker" (or start Docker Desktop). ${STAYS}`
        : `Docker is installed but not running. Start Docker Desktop and wait until it says that the engine runs. ${STAYS}`;
    case 'no-permission':
      return platform === 'linux'
        ? `This user may not use Docker. Run "sudo usermod -aG docker $USER" and log in again. ${STAYS}`
        : `This user may not use Docker. Ask who set up this machine for access to the Docker engine. ${STAYS}`;
    case 'port-taken':
      return takenPort(printed, project, environment);
    case 'disk-full':
      return 'The disk on which Docker keeps its images and volumes is full. Make room ("docker system df" shows what takes it), then start again.';
    case 'image-refused':
      return `The registry refused an image: ${lastLine(printed)}. A limit passes with time or after "docker login"; anything else is worth a report.`;
    case 'no-network':
      return 'The images could not be downloaded: their registry cannot be reached. Check the network (and a proxy in the settings of Docker), then start again; what has been downloaded is kept.';
    default:
      return `Docker Compose failed: ${lastLine(printed)}`;
  }
}

/** Names the service that wanted the port, and the name under which another can be chosen. */
function takenPort(printed: string, project: string, environment: Readonly<Record<string, string>>): string {
  const container = /endpoint ([\w.-]+)/.exec(printed)?.[1];
  const numbers = [...printed.matchAll(/:(\d{2,5})\b/g)].map((found) => found[1]);
  const service =
    STACK_SERVICES.find(({ name }) => container !== undefined && name === serviceOfContainer(container, project)) ??
    STACK_SERVICES.find(({ portName }) => numbers.includes(environment[portName]));
  if (service === undefined) return `A port of the stack is taken by another program: ${lastLine(printed)}`;
  const port = environment[service.portName] ?? '';
  return `Port ${port}, which ${service.title} needs, is taken by another program. Stop that, or choose another port: ${service.portName}=... in .env.`;
}

function installHint(platform: NodeJS.Platform): string {
  switch (platform) {
    case 'darwin':
      return 'The bundled stack needs Docker. Install Docker Desktop for Mac (https://docs.docker.com/desktop/setup/install/mac-install/) and start it.';
    case 'win32':
      return 'The bundled stack needs Docker. Install Docker Desktop for Windows (https://docs.docker.com/desktop/setup/install/windows-install/) and start it.';
    default:
      return 'The bundled stack needs Docker. Install Docker Engine with its Compose plugin (https://docs.docker.com/engine/install/).';
  }
}

/** The last line that says something, without the prefixes of the programs it went through. */
function lastLine(printed: string): string {
  const line = printed
    .split('\n')
    .map((text) => text.trim())
    .findLast((text) => text !== '' && !/^run 'docker .*--help'/i.test(text));
  return (line ?? 'nothing was printed').replace(/^(?:docker: |error response from daemon: )+/i, '').slice(0, 400);
}
