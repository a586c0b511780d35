import { z } from 'zod';
import { intervalSchema, symbolSchema } from '../../../contract/index.ts';

const configSchema = z.object({
  /** Null follows the symbol that is chosen elsewhere. */
  symbol: symbolSchema.nullable().default(null),
  /** Null starts with the one used last. */
  interval: intervalSchema.nullable().default(null),
  indicators: z.array(z.string().max(40)).max(12).nullable().default(null),
});

export type ChartConfig = z.infer<typeof configSchema>;

/** What the layout kept for this pane; the defaults where it kept nothing readable. */
export function readChartConfig(saved: unknown): ChartConfig {
  const parsed = configSchema.safeParse(saved);
  return parsed.success ? parsed.data : { symbol: null, interval: null, indicators: null };
}
