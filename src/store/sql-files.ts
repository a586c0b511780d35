import { join } from 'node:path';
import { TapedeckError } from '../market/index.ts';
import { rootHolding } from '../runtime/nearest-above.ts';

/** Where the SQL migrations are. */
export function migrationsDirectory(): string {
  const root = rootHolding(join('db', '001-market-data.sql'));
  if (root === null)
    throw new TapedeckError('internal', `No db folder with the SQL files above ${import.meta.dirname}`);
  return join(root, 'db');
}

/** The prepared data folder that the build makes, or null where nobody made one. */
export function preparedDatabaseFile(): string | null {
  const file = join('out', 'embedded-database.tgz');
  const root = rootHolding(file);
  return root === null ? null : join(root, file);
}
