import { decodeEvent } from '../../bus/codec.ts';
import type { Bus, TopicEvents, TopicKind } from '../../bus/bus.ts';
import { TOPIC_KINDS } from '../../bus/topics.ts';
import type { Feed } from '../../feeds/feed.ts';
import { DEAD_LETTER_PAYLOAD_CHARACTERS, type MarketEvent, TapedeckError } from '../../market/index.ts';
import type { StoredDeadLetter } from '../../store/dead-letter-store.ts';

/** A message that is good now, and the topic it goes to. */
export type Redelivery = {
  readonly [K in TopicKind]: { readonly topic: K; readonly event: TopicEvents[K] };
}[TopicKind];

const EVENT_TOPICS: Readonly<Record<MarketEvent['type'], TopicKind>> = {
  trade: 'trades',
  correction: 'trades',
  cancel: 'trades',
  quote: 'quotes',
  bar: 'bars',
  status: 'statuses',
};

/**
 * Reads the message of a dead letter as it would be read today. Null where it says nothing by itself (a blank line). Throws
 * `bad-message` with the reason of now, and `unsupported` for what cannot be sent through again.
 */
export function readAgain(letter: StoredDeadLetter, feed: Feed | null, nowMs: number): Redelivery | null {
  if (letter.payload.length >= DEAD_LETTER_PAYLOAD_CHARACTERS) {
    throw unsupported('Only its first 64 KiB were kept: what is missing cannot be sent again.');
  }
  const topic = TOPIC_KINDS.find((kind) => kind === letter.topic);
  if (topic !== undefined) return { topic, event: decodeEvent(topic, letter.payload) } as Redelivery;
  if (letter.position === null) {
    throw unsupported('A frame of a provider is not a message of ours: only the provider can send it again.');
  }
  if (feed?.readLine === undefined) {
    throw unsupported(`Only the process that replays ${letter.origin} can read its lines again.`);
  }
  const event = feed.readLine(letter.origin, letter.payload, nowMs);
  return event === null ? null : ({ topic: EVENT_TOPICS[event.type], event } as Redelivery);
}

/** Resolves once all of them are acknowledged, each under the key of its event. */
export async function publishAgain(bus: Bus, redeliveries: readonly Redelivery[]): Promise<void> {
  for (const kind of TOPIC_KINDS) {
    const events = redeliveries.flatMap(({ topic, event }) => (topic === kind ? [event] : []));
    if (events.length > 0) await bus.publish(kind, events);
  }
}

function unsupported(sentence: string): TapedeckError {
  return new TapedeckError('unsupported', sentence, { userMessage: sentence });
}
