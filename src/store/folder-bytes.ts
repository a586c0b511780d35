import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all files below a folder; files that vanish meanwhile count nothing. */
export async function folderBytes(directory: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) total += await folderBytes(path);
    else {
      total += await stat(path).then(
        (stats) => stats.size,
        () => 0,
      );
    }
  }
  return total;
}
