import { type MarketEvent, marketEventToJson } from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';

/** Writes what goes onto the bus into the recording, if one is being made: history as well as the stream. */
export async function recordEvents(context: RoleContext, events: readonly MarketEvent[]): Promise<void> {
  const { recorder } = context.options;
  if (recorder === null) return;
  for (const event of events) await recorder.write(marketEventToJson(event));
}
