import { oc } from '@orpc/contract';
import { z } from 'zod';

const stackProfileSchema = z.enum(['tools', 'monitoring']);

const stackServiceStateSchema = z.object({
  /** As in docker-compose.yml. */
  name: z.string(),
  title: z.string(),
  image: z.string(),
  /** Docker's word (`running`, `exited`, `restarting`), or `absent` where there is no container. */
  state: z.string(),
  /** Docker's word (`healthy`, `unhealthy`, `starting`); empty where it is not checked. */
  health: z.string(),
  exitCode: z.number(),
  /** Addresses on the host's machine, as `127.0.0.1:9092`. */
  ports: z.array(z.string()),
  /** Where a browser on that machine sees it; null where there is nothing to see. */
  page: z.string().nullable(),
});

const stackProgressSchema = z.object({ subject: z.string(), text: z.string(), percent: z.number().nullable() });

/** The bundled stack as the host's machine has it. */
export const stackSnapshotSchema = z.object({
  /** What is being done with it right now. */
  work: z.enum(['none', 'starting', 'stopping', 'switching']),
  /** Of the present or last work, one row a subject, in the order in which they turned up. */
  progress: z.array(stackProgressSchema),
  services: z.array(stackServiceStateSchema),
  /** Why it cannot be used, or what the last work failed with: a sentence for the user. */
  problem: z.object({ kind: z.string(), text: z.string() }).nullable(),
  /** Whether this host manages it: one on another machine does not. */
  isManagedHere: z.boolean(),
  /** Of the pipeline that runs now. */
  running: z.enum(['embedded', 'bundled', 'remote']),
});

export type StackServiceState = z.infer<typeof stackServiceStateSchema>;
export type StackSnapshot = z.infer<typeof stackSnapshotSchema>;

/** Answered at once; what comes of the work is told by `stack` events. */
export const stackRequests = {
  status: oc.output(stackSnapshotSchema),
  /** Pulls, starts, waits until healthy, then moves the pipeline over if asked. */
  start: oc
    .input(z.object({ profiles: z.array(stackProfileSchema).max(2).default([]), switchOver: z.boolean() }))
    .output(stackSnapshotSchema),
  /** Moves the pipeline back to the embedded stack where it runs on this one; the data stays. */
  stop: oc.output(stackSnapshotSchema),
  /** Restarts the pipeline on the other stack. */
  switchTo: oc.input(z.object({ stack: z.enum(['embedded', 'bundled']) })).output(stackSnapshotSchema),
  /** Ends what `start` is doing. */
  cancel: oc.output(stackSnapshotSchema),
};
