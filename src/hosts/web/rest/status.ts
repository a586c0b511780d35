import { z } from 'zod';
import { hostHealthSchema, pipelineHealthSchema, statusSchema } from '../../../contract/index.ts';
import type { PipelineHealth, StatusSnapshot } from '../../../contract/index.ts';
import { formatTimestamp } from '../../../market/index.ts';
import { itemResource, noBody } from './resource.ts';
import type { Resource, Row } from './resource.ts';
import type { RestServices } from './rest-services.ts';

const { session, components } = statusSchema.shape;

const hostRow = hostHealthSchema.extend({
  components: z.array(
    hostHealthSchema.shape.components.element.omit({ sinceMs: true }).extend({ since: z.iso.datetime() }),
  ),
});

/** What screens are told, with ISO times as everywhere in this interface. */
const statusRow = statusSchema.omit({ nowMs: true }).extend({
  time: z.iso.datetime(),
  session: session
    .omit({ timeMs: true, changesAtMs: true })
    .extend({ time: z.iso.datetime(), changesAt: z.iso.datetime().nullable() }),
  components: z.array(components.element.omit({ sinceMs: true }).extend({ since: z.iso.datetime() })),
  /** Null while the pipeline is not up. */
  health: pipelineHealthSchema.extend({ hosts: z.array(hostRow) }).nullable(),
});

export function statusResource(services: RestServices): Resource {
  return itemResource({
    method: 'GET',
    path: '/status',
    summary: 'What runs, in which state, how fast and how late; on a shared pipeline every host of it',
    body: noBody,
    row: statusRow,
    answer: () => Promise.resolve({ kind: 'one', value: statusRecord(services.status(), services.health()) }),
  });
}

function statusRecord({ nowMs, ...status }: StatusSnapshot, health: PipelineHealth | null): Row {
  const { timeMs, changesAtMs, ...phases } = status.session;
  return {
    ...status,
    time: formatTimestamp(nowMs),
    session: {
      ...phases,
      time: formatTimestamp(timeMs),
      changesAt: changesAtMs === null ? null : formatTimestamp(changesAtMs),
    },
    components: status.components.map(withIsoTime),
    health: health === null ? null : { ...health, hosts: health.hosts.map(hostRecord) },
  };
}

function hostRecord(host: PipelineHealth['hosts'][number]) {
  return { ...host, components: host.components.map(withIsoTime) };
}

function withIsoTime<T extends { readonly sinceMs: number }>({ sinceMs, ...component }: T) {
  return { ...component, since: formatTimestamp(sinceMs) };
}
