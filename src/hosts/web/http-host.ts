import type { FastifyInstance } from 'fastify';
import { TapedeckError } from '../../market/index.ts';
import type { Clock, Log } from '../../market/index.ts';
import type { StackController } from '../bundled/stack-controller.ts';
import type { WebConfig } from '../config/config.ts';
import { isLoopbackHost } from '../config/value-parser.ts';
import { indicatorNames } from '../indicator-names.ts';
import type { Readers } from '../open-readers.ts';
import type { PipelineHost } from '../pipeline-host.ts';
import type { PrometheusMetrics } from '../prometheus-metrics.ts';
import type { RequestRouter } from '../request-router.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import { AccessControl } from './access-control.ts';
import { createHttpApp } from './http-app.ts';
import { RequestOrigin } from './request-origin.ts';
import type { UiFolder } from './static-ui.ts';
import { openWebSockets } from './web-sockets.ts';

export interface HttpHostOptions {
  readonly web: WebConfig;
  readonly version: string;
  readonly token: string;
  readonly pipelineHost: PipelineHost;
  readonly readers: Pick<Readers, 'datasets' | 'folder'>;
  readonly stack: StackController;
  readonly settings: SettingsStore;
  /** Screens connect where this is given; else only programs are answered. */
  readonly screens: { readonly router: RequestRouter; readonly ui: UiFolder } | null;
  readonly metrics: PrometheusMetrics;
  /** Shows a one-use sign-in link to whoever runs this host. */
  readonly showLink: (url: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface HttpHost {
  /** Without a path. */
  readonly url: string;
  /** A one-use address that signs a browser in within 60 seconds. */
  newLink(): string;
  close(): Promise<void>;
}

const PORTS_TRIED = 20;
const LINK_PAUSE_MS = 5_000;

/** Listens. Rejects with `port-taken` where the port was asked for or no free one follows. */
export async function openHttpHost(options: HttpHostOptions): Promise<HttpHost> {
  const { web, pipelineHost, settings, clock, log } = options;
  const access = new AccessControl(options.token, clock);
  const origin = new RequestOrigin(web.host, web.allowedHosts);
  let url = '';
  let shownMs = Number.NEGATIVE_INFINITY;
  const newLink = (): string => `${publicUrl(web, url)}/login?code=${access.newLinkCode()}`;
  const showLink = (): void => {
    if (clock.now() - shownMs < LINK_PAUSE_MS) return;
    shownMs = clock.now();
    options.showLink(newLink());
  };
  const app = createHttpApp({
    web,
    version: options.version,
    access,
    origin,
    rest: {
      desk: () => pipelineHost.desk(),
      deadLetters: () => pipelineHost.deadLetters(),
      findInstrument: (symbol) => pipelineHost.findInstrument(symbol),
      read: (dataset, work) => options.readers.datasets.read(dataset, work),
      backfills: () => pipelineHost.backfills(),
      indicatorNames: () => indicatorNames(pipelineHost.config.indicatorPeriods),
      status: () => pipelineHost.status(),
      current: () => pipelineHost.status(),
      health: () => pipelineHost.health(),
      applyWatchlists: () => pipelineHost.applyWatchlists(),
      settings,
    },
    stack: options.stack,
    folder: () => options.readers.folder(),
    notReady: () => pipelineHost.notReady(),
    metrics: options.metrics,
    ui: options.screens?.ui ?? null,
    showLink,
    log,
  });
  const port = await listen(app, web);
  url = `${web.tls === null ? 'http' : 'https'}://${urlHost(web.host)}:${port}`;
  const closeSockets =
    options.screens === null
      ? () => Promise.resolve()
      : openWebSockets({
          server: app.server,
          access,
          origin,
          router: options.screens.router,
          onDesk: (listener) => pipelineHost.onDesk(listener),
          log,
        });
  return {
    url,
    newLink,
    close: async () => {
      await closeSockets();
      app.server.closeIdleConnections();
      await app.close();
    },
  };
}

/** A port that was asked for is that port or an error; the usual one may move up to the next free one. */
async function listen(app: FastifyInstance, web: WebConfig): Promise<number> {
  for (let port = web.port; ; port++) {
    try {
      await app.listen({ host: web.host, port });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EADDRINUSE' && !web.wasPortAsked && port < web.port + PORTS_TRIED) continue;
      throw listenError(error, { host: web.host, port, flag: '--port' });
    }
  }
}

interface Listening {
  readonly host: string;
  readonly port: number;
  /** What chooses the port. */
  readonly flag: '--port' | '--metrics-port';
}

export function listenError(cause: unknown, { host, port, flag }: Listening): TapedeckError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new TapedeckError('port-taken', `${host}:${port} is in use by another program`, {
      userMessage: `Port ${port} on ${host} is in use by another program. Stop that, or choose another with ${flag}.`,
      cause,
    });
  }
  if (code === 'EACCES') {
    return new TapedeckError('port-taken', `${host}:${port} may not be used by this user`, {
      userMessage: `Port ${port} on ${host} may not be used by this user. Choose one above 1023 with ${flag}.`,
      cause,
    });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new TapedeckError('bad-config', `--host: ${host} is not an address of this machine`, { cause });
  }
  return TapedeckError.from(cause);
}

/** Where people reach a host that stands for others: under the first name it was told, which a proxy serves with TLS. */
function publicUrl(web: WebConfig, ownUrl: string): string {
  const [name] = web.allowedHosts;
  if (name === undefined || (isLoopbackHost(web.host) && !web.doesTrustProxy)) return ownUrl;
  if (web.doesTrustProxy) return `https://${name}`;
  const own = new URL(ownUrl);
  return `${own.protocol}//${/:\d+$/.test(name) ? name : `${name}:${own.port}`}`;
}

/** As it stands in an address that a browser on this machine can open. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
