import type { z } from 'zod';
import { TapedeckError } from '../market/index.ts';
import type { Checkpoint } from '../store/index.ts';

/** The bytes of a small checkpoint, as `readJsonState` reads them. */
export function jsonState(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Throws `corrupt`, naming the checkpoint, where its state is not what the schema says. */
export function readJsonState<T>({ key, state }: Pick<Checkpoint, 'key' | 'state'>, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(state)));
  } catch (cause) {
    throw new TapedeckError('corrupt', `the checkpoint ${key} cannot be read`, { cause });
  }
}
