import { expect, it } from 'vitest';
import { silentLog, TapedeckError } from '../market/index.ts';
import type { SqlDatabase } from './sql-database.ts';
import { timescaleOf } from './timescale-extension.ts';

/** A server that offers the extension; `install` is what becomes of the attempt to make it. */
function serverThat(install: (become: (isThere: boolean) => void) => Promise<void>): SqlDatabase {
  let isThere = false;
  const query = (text: string) => {
    const rows = text.includes('pg_available_extensions') ? [{}] : [];
    const found = isThere ? [{ schema: 'public', version: '2.28.3', license: 'timescale' }] : rows;
    return Promise.resolve({ rows: found, affectedRows: 0 });
  };
  return {
    engine: 'postgres',
    query,
    run: () => install((now) => (isThere = now)),
  } as unknown as SqlDatabase;
}

it('uses the extension that another process has made at the same moment', async () => {
  const server = serverThat((become) => {
    become(true);
    return Promise.reject(new TapedeckError('internal', 'duplicate key value violates unique constraint (23505)'));
  });
  expect(await timescaleOf(server, silentLog)).toEqual({ schema: 'public', hasCommunityFeatures: true });
});

it('does without it where the user may not make it', async () => {
  const server = serverThat(() => Promise.reject(new TapedeckError('unauthorized', 'permission denied')));
  expect(await timescaleOf(server, silentLog)).toBeNull();
});
