import { DEAD_LETTER_PAYLOAD_CHARACTERS, type DeadLetter, TapedeckError } from '../market/index.ts';
import type { TopicEvents, TopicKind } from './bus.ts';
import { encodeEvent } from './codec.ts';

export interface EncodedEvents<K extends TopicKind> {
  readonly events: readonly TopicEvents[K][];
  /** One for each of `events`. */
  readonly texts: readonly string[];
  /** Of the events that the schema forbids; they are in neither list. */
  readonly letters: readonly DeadLetter[];
}

/** Events for their topic. One that no reader could use must not get there, nor hold up those beside it. */
export function encodeEvents<K extends TopicKind>(
  kind: K,
  events: readonly TopicEvents[K][],
  now: () => number,
): EncodedEvents<K> {
  const texts: string[] = [];
  const letters: DeadLetter[] = [];
  let accepted = events;
  for (let at = 0; at < events.length; at++) {
    const event = events[at] as TopicEvents[K];
    try {
      texts.push(encodeEvent(kind, event));
    } catch (cause) {
      accepted = accepted === events ? events.slice(0, at) : accepted;
      letters.push(letterOf(kind, event, TapedeckError.from(cause), now()));
      continue;
    }
    if (accepted !== events) (accepted as TopicEvents[K][]).push(event);
  }
  return { events: accepted, texts, letters };
}

function letterOf(kind: TopicKind, event: unknown, error: TapedeckError, timeMs: number): DeadLetter {
  return {
    origin: kind,
    topic: kind,
    partition: null,
    position: null,
    reason: `not published: ${error.message}`,
    payload: shown(event).slice(0, DEAD_LETTER_PAYLOAD_CHARACTERS),
    timeMs,
  };
}

/** JSON, in which what JSON cannot write appears as a text. */
function shown(event: unknown): string {
  const text = JSON.stringify(event, (_name, value: unknown) =>
    typeof value === 'bigint' || value === undefined || (typeof value === 'number' && !Number.isFinite(value))
      ? String(value)
      : value,
  );
  return text ?? String(event);
}
