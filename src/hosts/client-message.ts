import { z } from 'zod';
import { intervalSchema, symbolSchema } from '../contract/index.ts';
import type { ClientMessage } from '../contract/index.ts';

const MAX_SYMBOLS = 5_000;
const MAX_CHARTS = 32;
const MAX_INDICATORS = 40;

const counter = z.number().int().min(0).max(4_294_967_295);

const clientMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('watch'),
    generation: counter,
    symbols: z.array(symbolSchema).max(MAX_SYMBOLS),
    charts: z
      .array(
        z.object({
          chartId: counter,
          symbol: symbolSchema,
          interval: intervalSchema,
          indicators: z.array(z.string().max(40)).max(MAX_INDICATORS),
        }),
      )
      .max(MAX_CHARTS),
  }),
  z.object({ type: z.literal('acknowledge'), sequence: counter, paintMs: z.number() }),
  z.object({ type: z.literal('visibility'), isHidden: z.boolean() }),
]);

/** A screen's message on the market-data line, checked; null for anything else. */
export function readClientMessage(value: unknown): ClientMessage | null {
  const parsed = clientMessageSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

export function parseClientMessage(text: string): ClientMessage | null {
  try {
    return readClientMessage(JSON.parse(text));
  } catch {
    return null;
  }
}
