import { isLoopbackHost } from '../config/value-parser.ts';

/**
 * Which names this server answers to: those it was told, and those of this machine itself. Anything else may be a page that
 * had its own name point here.
 */
export class RequestOrigin {
  readonly #names: ReadonlySet<string>;

  constructor(boundHost: string, allowedHosts: readonly string[]) {
    this.#names = new Set([boundHost, ...allowedHosts].map((name) => hostNameOf(name) ?? name.toLowerCase()));
  }

  isHostAllowed(host: string | undefined): boolean {
    const name = host === undefined ? null : hostNameOf(host);
    if (name === null) return false;
    return this.#names.has(name) || isLoopbackHost(name);
  }

  /** Where a browser says which page is asking, that page must be one of ours. */
  isOriginAllowed(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined) return true;
    if (!URL.canParse(origin)) return false;
    const { host: originHost, protocol } = new URL(origin);
    const isWeb = protocol === 'http:' || protocol === 'https:';
    return isWeb && this.isHostAllowed(originHost) && portless(originHost, host);
  }
}

/** Behind a proxy the port may differ; on one machine another port is another program. */
function portless(originHost: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  const isSameName = hostNameOf(originHost) === hostNameOf(host);
  return isSameName && (originHost === host || !isLoopbackHost(hostNameOf(host) ?? ''));
}

function hostNameOf(host: string): string | null {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replaceAll(/^\[|\]$/g, '') : null;
}
