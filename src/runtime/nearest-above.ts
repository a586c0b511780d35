import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `find` answers first, asked of every folder above this file: the checkout, or the packed app; null where none fits. */
export function nearestAbove<T>(find: (folder: string) => T | null): T | null {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const found = find(folder);
    if (found !== null || dirname(folder) === folder) return found;
  }
}

/** The nearest folder above this file that holds `marker`. */
export function rootHolding(marker: string): string | null {
  return nearestAbove((folder) => (existsSync(join(folder, marker)) ? folder : null));
}
