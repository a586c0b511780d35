import { cp, mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TapedeckError, fileError } from '../../market/index.ts';
import { nearestAbove } from '../../runtime/nearest-above.ts';

const COMPOSE_FILE = 'docker-compose.yml';
const FOLDER = join('resources', 'stack');

/** Where the app's own copy of the files lies: the checkout, or the folder `stack` beside the archive of the packed app. */
export function stackSourceFolder(): string {
  const found = nearestAbove((folder) => {
    const places = [folder, join(folder, 'stack')];
    return places.find((place) => existsSync(join(place, COMPOSE_FILE))) ?? null;
  });
  if (found !== null) return found;
  throw new TapedeckError('not-found', `${COMPOSE_FILE} does not come with this TapeDeck`, {
    userMessage: `${COMPOSE_FILE} is missing from this installation of TapeDeck. Install it again.`,
  });
}

/**
 * Copies docker-compose.yml and resources/stack into a folder of the user's: Docker mounts files from it, which it cannot from
 * a packed app on every system. Files that somebody added there stay.
 */
export async function copyStackFiles(source: string, target: string, metricsPort: number): Promise<void> {
  try {
    await mkdir(target, { recursive: true });
    await cp(join(source, COMPOSE_FILE), join(target, COMPOSE_FILE));
    await cp(join(source, FOLDER), join(target, FOLDER), { recursive: true });
    const targets = [{ targets: [`host.docker.internal:${metricsPort}`], labels: { host: 'app' } }];
    await writeFile(join(target, FOLDER, 'prometheus', 'targets', 'tapedeck.json'), `${JSON.stringify(targets)}\n`);
  } catch (error) {
    throw fileError(error, target);
  }
}

/** The file that is added where Docker runs on Linux itself, relative to the folder. */
export const LINUX_COMPOSE_FILE = join(FOLDER, 'linux.yml');
export { COMPOSE_FILE };
