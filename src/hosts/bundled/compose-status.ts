import { z } from 'zod';
import type { StackServiceState } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { STACK_SERVICES } from './stack-services.ts';

/** The part of `docker compose ps --format json` that is used; the rest differs between versions. */
const containerSchema = z.object({
  Service: z.string(),
  Image: z.string().default(''),
  State: z.string().default(''),
  Health: z.string().default(''),
  ExitCode: z.number().default(0),
  Publishers: z
    .array(
      z.object({
        URL: z.string().default(''),
        PublishedPort: z.number().default(0),
        TargetPort: z.number().default(0),
      }),
    )
    .nullish()
    .transform((publishers) => publishers ?? []),
});

/**
 * Every service of the stack itself, and of the others those that have a container, in a fixed order. Compose prints one
 * array up to 2.20 and one object a line since. Throws `bad-message` for anything else.
 */
export function parseComposeStatus(
  printed: string,
  environment: Readonly<Record<string, string>>,
): readonly StackServiceState[] {
  const found = new Map(readContainers(printed).map((container) => [container.Service, container]));
  return STACK_SERVICES.flatMap(({ name, title, profile, portName, hasPage }) => {
    const container = found.get(name);
    if (container === undefined && profile !== null) return [];
    const port = environment[portName];
    const isRunning = container?.State === 'running';
    const ports = (container?.Publishers ?? [])
      .filter(({ PublishedPort }) => PublishedPort > 0)
      .map(({ URL: address, PublishedPort }) => `${address === '' ? '127.0.0.1' : address}:${PublishedPort}`);
    return {
      name,
      title,
      image: container?.Image ?? '',
      state: container?.State ?? 'absent',
      health: container?.Health ?? '',
      exitCode: container?.ExitCode ?? 0,
      ports: [...new Set(ports)],
      page: isRunning && hasPage && port !== undefined ? `http://127.0.0.1:${port}/` : null,
    };
  });
}

/** Without a health check of its own, running is all that can be known of a service. */
export function isHealthy({ state, health }: StackServiceState): boolean {
  return state === 'running' && (health === '' || health === 'healthy');
}

function readContainers(printed: string): readonly z.infer<typeof containerSchema>[] {
  const text = printed.trim();
  if (text === '' || text === 'null') return [];
  try {
    const values: unknown = text.startsWith('[')
      ? JSON.parse(text)
      : text.split('\n').map((line): unknown => JSON.parse(line));
    return z.array(containerSchema).parse(values);
  } catch (error) {
    throw new TapedeckError('bad-message', 'docker compose ps printed something else than its list of containers', {
      userMessage: 'What Docker Compose says of its containers could not be read. Update Docker, then try again.',
      cause: error,
    });
  }
}
