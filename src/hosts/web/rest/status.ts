import { statusSchema } from '../../../contract/index.ts';
import { itemResource, noBody } from './resource.ts';
import type { Resource } from './resource.ts';
import type { RestServices } from './rest-services.ts';

export function statusResource(services: RestServices): Resource {
  return itemResource({
    method: 'GET',
    path: '/status',
    summary: 'What runs, in which state',
    body: noBody,
    row: statusSchema,
    answer: () => Promise.resolve({ kind: 'one', value: services.status() }),
  });
}
