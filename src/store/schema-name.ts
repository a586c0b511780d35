import { TapedeckError } from '../market/index.ts';

/** Schema names are written into SQL unquoted, so only plain ones pass (PostgreSQL cuts names at 63 bytes). */
export function schemaName(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name;
  throw new TapedeckError('bad-config', `"${name}" is no schema name: lower-case letters, digits and _, at most 63`);
}
