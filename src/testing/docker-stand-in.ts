import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the stand-in does other than succeed; see docker-stand-in.sh. */
export type DockerScenario =
  | 'engine-down'
  | 'no-permission'
  | 'no-compose'
  | 'old-compose'
  | 'desktop'
  | 'port-taken'
  | 'desktop-port-taken'
  | 'disk-full'
  | 'no-network'
  | 'image-refused'
  | 'odd'
  | 'hang'
  | 'unhealthy'
  | 'exited';

export interface DockerStandIn {
  readonly folder: string;
  /** Puts the stand-in first on the path. */
  readonly environment: Readonly<Record<string, string>>;
  setScenario(scenario: DockerScenario | null): Promise<void>;
  /** The command lines it was called with. */
  calls(): Promise<readonly string[]>;
  /** `environment` of the last call of Compose, or `input` that it was given. */
  read(name: 'environment' | 'input'): Promise<string>;
  close(): Promise<void>;
}

/** A `docker` on a path of its own, in a folder with what it was called with. */
export async function createDockerStandIn(scenario: DockerScenario | null = null): Promise<DockerStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-docker-'));
  const programs = join(folder, 'bin');
  await mkdir(programs);
  await copyFile(join(import.meta.dirname, 'docker-stand-in.sh'), join(programs, 'docker'));
  await writeFile(join(folder, 'calls'), '');
  const setScenario = (next: DockerScenario | null): Promise<void> => writeFile(join(folder, 'scenario'), next ?? '');
  await setScenario(scenario);
  return {
    folder,
    environment: { PATH: `${programs}:/usr/bin:/bin`, STAND_IN: folder },
    setScenario,
    calls: async () => (await readFile(join(folder, 'calls'), 'utf8')).split('\n').filter((line) => line !== ''),
    read: (name) => readFile(join(folder, name), 'utf8'),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
