import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import { TapedeckError } from '../market/index.ts';
import { readBeside, readDataFolderLock } from '../store/index.ts';
import type { Config } from './config/config.ts';
import { connectionReason } from './connection-reason.ts';
import { isLoopbackHost } from './config/value-parser.ts';
import { savedToken } from './web/access-control.ts';

/** A running TapeDeck, as commands reach it. */
export interface RunningInstance {
  readonly url: string;
  readonly token: string;
}

/** The TapeDeck that holds the data folder; null where nobody does. Rejects with `locked` while whoever does is still starting, and as `requireToken`. */
export async function findInstance({ dataDir, web }: Pick<Config, 'dataDir' | 'web'>): Promise<RunningInstance | null> {
  const holder = await readDataFolderLock(dataDir);
  if (holder === null) return null;
  const { url, pid } = holder;
  if (url === null) {
    throw new TapedeckError('locked', `${dataDir} is in use by process ${pid}, which is still starting`, {
      retryable: true,
    });
  }
  return { url, token: requireToken(url, web.token ?? (await savedToken(dataDir))) };
}

/** Those too that run on the bundled stack, which they chose in Settings, without having held the data folder. */
export async function findInstances(config: Pick<Config, 'dataDir' | 'web'>): Promise<readonly RunningInstance[]> {
  const holder = await findInstance(config);
  const found = new Map(holder === null ? [] : [[holder.url, holder]]);
  const saved = config.web.token ?? (await savedToken(config.dataDir));
  for (const { url } of await readBeside(config.dataDir)) {
    if (url !== null) found.set(url, { url, token: requireToken(url, saved) });
  }
  return [...found.values()];
}

/** Throws `unauthorized` without one. */
export function requireToken(url: string, token: string | null): string {
  if (token !== null) return token;
  throw new TapedeckError('unauthorized', `the TapeDeck at ${url} wants a token: set TAPEDECK_TOKEN`);
}

/** Answers once the head of the response is there. Rejects with `connection-lost` where nobody answers. */
export async function postToInstance(
  { url, token }: RunningInstance,
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const target = new URL(path, url);
  const options: RequestOptions = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    signal,
  };
  const request =
    target.protocol === 'https:'
      ? requestSecure(target, { ...options, rejectUnauthorized: !isLoopbackHost(target.hostname) })
      : requestPlain(target, options);
  request.end(JSON.stringify(body));
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  } catch (error) {
    const message = `the running TapeDeck at ${url} does not answer${connectionReason(error)}`;
    throw new TapedeckError('connection-lost', message, { cause: error });
  }
}
