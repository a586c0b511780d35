import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { NO_UI_PAGE } from './pages.ts';

/** The built UI, in the checkout or in the packed app; null where nobody built it. */
export function builtUiFolder(): string | null {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'out', 'renderer');
    if (existsSync(join(candidate, 'index.html'))) return candidate;
    if (dirname(folder) === folder) return null;
  }
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
