import { z } from 'zod';
import { statusSchema } from '../../../contract/index.ts';
import type { StatusSnapshot } from '../../../contract/index.ts';
import { formatTimestamp } from '../../../market/index.ts';
import { itemResource, noBody } from './resource.ts';
import type { Resource, Row } from './resource.ts';
import type { RestServices } from './rest-services.ts';

const { session, components } = statusSchema.shape;

/** What screens are told, with ISO times as everywhere in this interface. */
const statusRow = statusSchema.omit({ nowMs: true }).extend({
  time: z.iso.datetime(),
  session: session
    .omit({ timeMs: true, changesAtMs: true })
    .extend({ time: z.iso.datetime(), changesAt: z.iso.datetime().nullable() }),
  components: z.array(components.element.omit({ sinceMs: true }).extend({ since: z.iso.datetime() })),
});

export function statusResource(services: RestServices): Resource {
  return itemResource({
    method: 'GET',
    path: '/status',
    summary: 'What runs, in which state',
    body: noBody,
    row: statusRow,
    answer: () => Promise.resolve({ kind: 'one', value: statusRecord(services.status()) }),
  });
}

function statusRecord({ nowMs, ...status }: StatusSnapshot): Row {
  const { timeMs, changesAtMs, ...phases } = status.session;
  return {
    ...status,
    time: formatTimestamp(nowMs),
    session: {
      ...phases,
      time: formatTimestamp(timeMs),
      changesAt: changesAtMs === null ? null : formatTimestamp(changesAtMs),
    },
    components: status.components.map(({ sinceMs, ...component }) => ({
      ...component,
      since: formatTimestamp(sinceMs),
    })),
  };
}
