import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { WebConfig } from '../config/config.ts';
import { isLoopbackHost } from '../config/value-parser.ts';
import type { PrometheusMetrics } from '../prometheus-metrics.ts';
import type { AccessControl } from './access-control.ts';
import { pathOf, readTls, registerHealth } from './http-app.ts';
import { listenError } from './http-host.ts';
import type { RequestOrigin } from './request-origin.ts';
import { ProblemError, problem, problemOf } from './rest/problem.ts';
import { sendProblem } from './rest/register-rest.ts';

export interface MetricsHostOptions {
  readonly host: string;
  readonly port: number;
  /** The files of the web host; null where a proxy does TLS, or only this machine asks. */
  readonly tls: WebConfig['tls'];
  readonly access: AccessControl;
  readonly origin: RequestOrigin;
  readonly notReady: () => string | null;
  readonly metrics: PrometheusMetrics;
}

export interface MetricsHost {
  readonly port: number;
  close(): Promise<void>;
}

/** As they stand in the request: an address may be written in many ways, and none of the others is open. */
const OPEN_PATHS = new Set(['/healthz', '/readyz']);

/**
 * `/metrics`, `/healthz` and `/readyz` alone on a port of their own. Where others can reach it figures need the token and go
 * over TLS; on this machine the bundled Prometheus asks without either.
 */
export async function openMetricsHost(options: MetricsHostOptions): Promise<MetricsHost> {
  const isReachable = !isLoopbackHost(options.host);
  const tls = isReachable ? options.tls : null;
  const app: FastifyInstance = tls === null ? fastify() : fastify({ https: readTls(tls) });
  app.addHook('onRequest', (request, _reply, done) => {
    const { host, authorization } = request.headers;
    if (!options.origin.isHostAllowed(host)) {
      done(
        new ProblemError(problem(403, 'wrong-host', 'Wrong host', 'This server does not answer to that host name.')),
      );
    } else if (isReachable && !OPEN_PATHS.has(pathOf(request)) && !options.access.isBearer(authorization)) {
      done(new ProblemError(problem(401, 'unauthorized', 'Not authorized', 'Send the token as a bearer token.')));
    } else done();
  });
  app.setErrorHandler((error: unknown, _request, reply) => sendProblem(reply, problemOf(error)));
  registerHealth(app, options);
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    throw listenError(error, { host: options.host, port: options.port, flag: '--metrics-port' });
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { port, close: () => app.close() };
}
