import type { FastifyInstance } from 'fastify';
import type { HttpAppOptions } from './http-app.ts';
import { USED_LINK_PAGE } from './pages.ts';

/** Exchanges the one-use link for the session cookie. */
export function registerSignIn(
  app: FastifyInstance,
  options: Pick<HttpAppOptions, 'access' | 'showLink' | 'web'>,
): void {
  // A HEAD, which programs send to see what a link is, would use it up.
  app.get('/login', { exposeHeadRoute: false }, (request, reply) => {
    const { code } = request.query as { code?: unknown };
    const session = typeof code === 'string' ? options.access.redeem(code) : null;
    void reply.header('cache-control', 'no-store');
    if (session === null) {
      options.showLink();
      return reply.status(401).type('text/html; charset=utf-8').send(USED_LINK_PAGE);
    }
    const isSecure = options.web.tls !== null || request.protocol === 'https';
    const cookie = options.access.sessionCookie(session, isSecure, request.headers.cookie);
    return reply.header('set-cookie', cookie).redirect('/', 303);
  });
}
