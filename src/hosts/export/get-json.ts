import { get as getPlain } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { isLoopbackHost } from '../config/value-parser.ts';

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks a TapeDeck host. On this machine a certificate that names another host is taken: it was made for the outside. */
export async function getJson(url: URL, token: string): Promise<JsonAnswer> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? getSecure(url, { headers, rejectUnauthorized: !isLoopbackHost(url.hostname) }, resolve)
        : getPlain(url, { headers }, resolve);
    request.on('error', reject);
  });
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) text += chunk;
  return { status: response.statusCode ?? 0, body: JSON.parse(text) };
}
