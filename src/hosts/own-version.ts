import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearestAbove } from '../runtime/nearest-above.ts';

/** The version of the package that this file belongs to, in the checkout or in the packed app. */
export function ownVersion(): string {
  return nearestAbove((folder) => versionIn(join(folder, 'package.json'))) ?? '0.0.0';
}

function versionIn(path: string): string | null {
  try {
    const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown; version?: unknown };
    return name === 'tapedeck' && typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
