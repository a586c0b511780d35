import { TapedeckError } from '../../market/index.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Scheme, host and port of a provider, without a slash at the end; the provider's own paths are appended to it. Keys travel
 * to it, so it has to be encrypted unless it stays on this machine. Throws `bad-config` naming the setting.
 */
export function baseUrl(setting: string, value: string, kind: 'http' | 'ws'): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isEncrypted = url?.protocol === `${kind}s:`;
  const isLocal = url?.protocol === `${kind}:` && LOOPBACK.has(url.hostname);
  const isBare = url !== null && url.pathname === '/' && url.search === '' && url.hash === '';
  const isAnonymous = url !== null && url.username === '' && url.password === '';
  if (url !== null && isBare && isAnonymous && (isEncrypted || isLocal)) return `${url.protocol}//${url.host}`;
  // A value with a user part may hold a password.
  const shown = isAnonymous ? JSON.stringify(value.slice(0, 100)) : 'a URL with credentials';
  const message = `${setting}: expected ${kind}s://host[:port], or ${kind}:// to this machine, without a path; got ${shown}`;
  throw new TapedeckError('bad-config', message);
}
