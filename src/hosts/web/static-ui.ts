import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { rootHolding } from '../../runtime/nearest-above.ts';
import { NO_UI_PAGE } from './pages.ts';

/** The built UI, in the checkout or in the packed app; null where nobody built it. */
export function builtUiFolder(): string | null {
  const folder = join('out', 'renderer');
  const root = rootHolding(join(folder, 'index.html'));
  return root === null ? null : join(root, folder);
}

export interface UiFolder {
  /** Null where the UI has not been built: a page says so. */
  readonly directory: string | null;
}

/** Hashed files may be kept for ever, pages must be asked for again. */
export function registerUi(app: FastifyInstance, ui: UiFolder): void {
  if (ui.directory === null) {
    app.get('/', (_request, reply) => reply.status(503).type('text/html; charset=utf-8').send(NO_UI_PAGE));
    return;
  }
  void app.register(fastifyStatic, {
    root: ui.directory,
    index: ['index.html'],
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) => {
      const isHashed = /[\\/]assets[\\/]/.test(path);
      reply.setHeader('cache-control', isHashed ? 'private, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
