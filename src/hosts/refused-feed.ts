import type { Feed, FeedName } from '../feeds/feed.ts';
import type { EventSource, TapedeckError } from '../market/index.ts';

/**
 * Stands in for a feed that cannot be started as configured: the rest of the program runs and shows what is stored, and the
 * feed's state says what the user has to do.
 */
export function refusedFeed(name: FeedName, source: EventSource, reason: TapedeckError): Feed {
  const refuse = (): never => {
    throw reason;
  };
  return {
    name,
    source,
    symbolLimit: null,
    stream: refuse,
    setSymbols: () => undefined,
    history: async function* () {},
    findInstruments: () => Promise.resolve([]),
    listInstruments: () => Promise.resolve([]),
    instrument: () => Promise.reject(reason),
    close: () => Promise.resolve(),
  };
}
