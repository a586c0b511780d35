import { z } from 'zod';

/** In the order in which they are shown. */
export const QUALITY_TABS = ['days', 'gaps', 'dead-letters', 'errors'] as const;
export type QualityTab = (typeof QUALITY_TABS)[number];

const configSchema = z.object({ tab: z.enum(QUALITY_TABS) });

export type QualityConfig = z.infer<typeof configSchema>;

/** What the layout kept for this pane; the first tab where it kept nothing readable. */
export function readQualityConfig(saved: unknown): QualityConfig {
  const parsed = configSchema.safeParse(saved);
  return parsed.success ? parsed.data : { tab: QUALITY_TABS[0] };
}
