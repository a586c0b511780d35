import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { rootHolding } from '../../../runtime/nearest-above.ts';
import { ProblemError, problem } from './problem.ts';
import { itemResource, noBody } from './resource.ts';
import type { Resource, Row } from './resource.ts';

const FOLDER = join('resources', 'schemas');
/** Also keeps an address from leading out of the folder. */
const TOPIC_PATTERN = /^(?:stock-)?([a-z-]{1,40})$/;

export const messageSchemaResource: Resource = itemResource({
  method: 'GET',
  path: '/schemas/:id',
  summary: 'JSON Schema of the messages on a topic, such as trades or stock-trades',
  body: noBody,
  row: z.looseObject({ $id: z.string(), title: z.string() }),
  answer: async (_body, topic) => {
    const file = join(FOLDER, `stock-${TOPIC_PATTERN.exec(topic)?.[1] ?? ''}.schema.json`);
    const root = rootHolding(file);
    if (root === null) throw new ProblemError(problem(404, 'not-found', 'Not found', `There is no topic ${topic}.`));
    return { kind: 'one', value: JSON.parse(await readFile(join(root, file), 'utf8')) as Row };
  },
});
