import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TapedeckError } from '../../market/index.ts';
import type { Log } from '../../market/index.ts';
import type { WebConfig } from '../config/config.ts';
import type { PrometheusMetrics } from '../prometheus-metrics.ts';
import type { AccessControl } from './access-control.ts';
import { SIGN_IN_PAGE } from './pages.ts';
import { type CopyRouteOptions, registerCopy } from './copy-route.ts';
import { registerMove } from './move-route.ts';
import type { MoveRouteOptions } from './move-route.ts';
import { ProblemError, problem, problemOf } from './rest/problem.ts';
import { registerRest, sendProblem } from './rest/register-rest.ts';
import type { RestServices } from './rest/rest-services.ts';
import type { RequestOrigin } from './request-origin.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { registerSignIn } from './sign-in.ts';
import { registerUi } from './static-ui.ts';
import type { UiFolder } from './static-ui.ts';

export interface HttpAppOptions {
  readonly web: WebConfig;
  readonly version: string;
  readonly access: AccessControl;
  readonly origin: RequestOrigin;
  readonly rest: RestServices;
  readonly folder: CopyRouteOptions['folder'];
  readonly stack: MoveRouteOptions['stack'];
  /** Why no market data can flow, null when it can: what `/readyz` says. */
  readonly notReady: () => string | null;
  readonly metrics: PrometheusMetrics;
  /** Null on hosts that only answer programs. */
  readonly ui: UiFolder | null;
  /** Shows a fresh sign-in link to whoever runs this host. */
  readonly showLink: () => void;
  readonly log: Log;
}

const MAX_BODY_BYTES = 6_000_000;
const OPEN_PATHS = new Set(['/healthz', '/readyz', '/login']);

export function createHttpApp(options: HttpAppOptions): FastifyInstance {
  const { web, log } = options;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: web.doesTrustProxy,
    routerOptions: { ignoreTrailingSlash: true, caseSensitive: true },
    // An address that no route can be looked up for comes past all hooks.
    frameworkErrors: (error, _request, reply) =>
      void sendProblem(reply.headers(SECURITY_HEADERS), problemOf(asKnown(error))),
    ...(web.tls === null ? {} : { https: readTls(web.tls) }),
  }) as FastifyInstance;
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(SECURITY_HEADERS);
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
    const refused = refusal(request, options);
    if (refused?.problem.status === 401 && options.ui !== null && wantsPage(request)) {
      options.showLink();
      void reply.status(401).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(SIGN_IN_PAGE);
      return;
    }
    done(refused);
  });
  const methods = new RouteMethods(app);
  app.setErrorHandler((error: unknown, request, reply) => {
    const found = problemOf(asKnown(error));
    if (found.status >= 500 && found.retryable !== true) {
      log.error({ error, method: request.method, path: pathOf(request) }, 'a request failed');
    }
    if (found.status === 401) void reply.header('www-authenticate', 'Bearer realm="TapeDeck"');
    return sendProblem(reply, found);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.of(pathOf(request));
    if (allowed.length === 0) {
      return sendProblem(reply, problem(404, 'not-found', 'Not found', `There is nothing at ${pathOf(request)}.`));
    }
    const detail = `${request.method} is not possible here; ${allowed.join(', ')} is.`;
    return sendProblem(
      reply.header('allow', allowed.join(', ')),
      problem(405, 'method-not-allowed', 'Method not allowed', detail),
    );
  });
  registerHealth(app, options);
  registerSignIn(app, options);
  registerRest(app, options.rest, options.version);
  registerCopy(app, options);
  registerMove(app, options);
  if (options.ui !== null) registerUi(app, options.ui);
  return app;
}

export function registerHealth(app: FastifyInstance, options: Pick<HttpAppOptions, 'notReady' | 'metrics'>): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const reason = options.notReady();
    if (reason === null) return reply.send({ status: 'ready' });
    return sendProblem(reply, problem(503, 'not-ready', 'Not ready', reason));
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.text()),
  );
}

function refusal(request: FastifyRequest, options: HttpAppOptions): ProblemError | undefined {
  const { host, origin, authorization, cookie } = request.headers;
  if (!options.origin.isHostAllowed(host)) {
    const detail = 'This server does not answer to that host name; TAPEDECK_ALLOWED_HOSTS can allow it.';
    return new ProblemError(problem(403, 'wrong-host', 'Wrong host', detail));
  }
  if (!options.origin.isOriginAllowed(origin, host)) {
    return new ProblemError(problem(403, 'wrong-origin', 'Wrong origin', 'Pages of other sites may not ask here.'));
  }
  const path = pathOf(request);
  if (OPEN_PATHS.has(path) || options.access.isBearer(authorization) || options.access.isSession(cookie))
    return undefined;
  const detail = 'Send the token as "Authorization: Bearer TOKEN", or open the link that TapeDeck printed.';
  return new ProblemError(problem(401, 'unauthorized', 'Not authorized', detail));
}

/** A person's browser that opens an address, not a program or a page's own request. */
function wantsPage(request: FastifyRequest): boolean {
  const isPage = request.method === 'GET' && !/^\/(api|ws)\/|^\/metrics/.test(request.url);
  return isPage && (pathOf(request) === '/' || (request.headers.accept ?? '').includes('text/html'));
}

/** As it stands in the request, without the query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

/** Fastify's own refusals (a body that is not JSON, one too large) as ours. */
function asKnown(error: unknown): unknown {
  if (error instanceof ProblemError || error instanceof TapedeckError || !(error instanceof Error)) return error;
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status !== 'number' || status < 400 || status >= 500) return error;
  return new ProblemError(problem(status, 'bad-input', 'Bad request', error.message));
}

/** Throws `bad-config` for files that are no certificate and its key. */
export function readTls(tls: NonNullable<WebConfig['tls']>): { cert: Buffer; key: Buffer } {
  const read = (name: string, path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      const message = `${name}: ${JSON.stringify(path)} must be a readable PEM file (${code})`;
      throw new TapedeckError('bad-config', message, { cause: error });
    }
  };
  const files = { cert: read('TAPEDECK_TLS_CERT', tls.certificateFile), key: read('TAPEDECK_TLS_KEY', tls.keyFile) };
  try {
    createSecureContext(files);
    return files;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `TAPEDECK_TLS_CERT, TAPEDECK_TLS_KEY: must be a certificate in PEM form and its key (${why})`;
    throw new TapedeckError('bad-config', message, { cause: error });
  }
}

/** Which methods a path has, for the `Allow` of a 405. */
class RouteMethods {
  readonly #routes: { readonly pattern: RegExp; readonly method: string }[] = [];

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}/?$`);
      for (const each of [method].flat()) this.#routes.push({ pattern, method: each });
    });
  }

  of(path: string): readonly string[] {
    const found = this.#routes.filter((route) => route.pattern.test(path)).map((route) => route.method);
    return [...new Set(found)].sort();
  }
}
