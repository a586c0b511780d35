import { Client } from 'pg';
import type { PoolClient } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { TapedeckError } from '../market/index.ts';
import { databaseError } from './database-error.ts';
import type { SqlResult, SqlSession, SqlValue } from './sql-database.ts';

/**
 * Statements may be sent without waiting for one another; the driver wants to be given them one by one. One that is not
 * answered within `limitMs` ends the connection with a retryable `connection-lost`: a machine that vanished never says so.
 */
export function sessionOn(client: PoolClient, limitMs: number): SqlSession {
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(statement: () => Promise<T>): Promise<T> => {
    const turn = last.then(() => answered(client, limitMs, statement));
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    query: <Row extends object>(text: string, parameters: readonly SqlValue[] = []): Promise<SqlResult<Row>> =>
      inOrder(async () => {
        const { rows, rowCount } = await client.query<Row>(text, [...parameters]).catch(rethrow);
        return { rows, affectedRows: rowCount ?? 0 };
      }),
    run: (script) =>
      inOrder(async () => {
        await client.query(script).catch(rethrow);
      }),
    copyIn: (target, rows) =>
      inOrder(
        () =>
          new Promise((resolve, reject) => {
            const stream = client.query(copyFrom(`COPY ${target} FROM STDIN WITH (FORMAT binary)`));
            stream.once('finish', resolve);
            stream.once('error', (error) => reject(databaseError(error)));
            stream.end(rows);
          }),
      ),
    copyOut: (query) =>
      inOrder(async () => {
        const parts: Buffer[] = [];
        try {
          const stream = client.query(copyTo(`COPY (${query}) TO STDOUT WITH (FORMAT binary)`));
          for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
        } catch (error) {
          throw databaseError(error);
        }
        return Buffer.concat(parts);
      }),
  };
}

async function answered<T>(client: PoolClient, limitMs: number, statement: () => Promise<T>): Promise<T> {
  if (limitMs === Infinity) return statement();
  let isSilent = false;
  const silence = setTimeout(() => {
    isSilent = true;
    // What waits on this connection fails at once, and so does what comes after.
    if (client instanceof Client) void client.end();
  }, limitMs);
  try {
    return await statement();
  } catch (cause) {
    if (!isSilent) throw cause;
    const { userMessage } = databaseError(cause);
    throw new TapedeckError('connection-lost', `the database did not answer for ${Math.ceil(limitMs / 1000)} s`, {
      retryable: true,
      userMessage,
      cause,
    });
  } finally {
    clearTimeout(silence);
  }
}

function rethrow(error: unknown): never {
  throw databaseError(error);
}
