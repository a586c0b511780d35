import { DEFAULT_TIMING } from '../feeds/alpaca/alpaca-timing.ts';
import { createMockClock, createMockFeed, createReplayFeed } from '../feeds/index.ts';
import type { Feed, FeedName } from '../feeds/index.ts';
import { TapedeckError, systemClock } from '../market/index.ts';
import type { Clock, Log } from '../market/index.ts';
import type { AlpacaConfig, Config } from './config/config.ts';
import { refusedFeed } from './refused-feed.ts';

/** The time of day that the whole pipeline goes by: the mock market may have its own. */
export function marketClock(config: Config): Clock {
  return config.feed === 'mock' ? createMockClock(config.mock.clock, systemClock) : systemClock;
}

export interface OpenFeedRequest {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** The feed of a host that ingests. Throws `not-found`, `corrupt` or `bad-config` for a file that cannot be replayed. */
export async function openFeed(request: OpenFeedRequest): Promise<Feed> {
  return FEEDS[request.config.feed](request);
}

const FEEDS: Readonly<Record<FeedName, (request: OpenFeedRequest) => Promise<Feed>>> = {
  mock: async ({ config, clock }) => createMockFeed({ options: config.mock, clock }),
  alpaca: ({ config, clock, log }) => openAlpacaFeed(config.alpaca, clock, log),
  replay: async ({ config: { replay, symbols }, clock }) => {
    if (replay === null) throw new TapedeckError('bad-config', '--feed: replay needs --replay FILE');
    return createReplayFeed({ ...replay, symbols, clock });
  },
};

/** The provider's SDK is loaded only where it is used: it takes a tenth of a second of every start. */
async function openAlpacaFeed(alpaca: AlpacaConfig, clock: Clock, log: Log): Promise<Feed> {
  const { createAlpacaFeed } = await import('../feeds/alpaca/alpaca-feed.ts');
  try {
    return createAlpacaFeed({
      keyId: alpaca.keyId ?? '',
      secret: alpaca.secretKey ?? '',
      dataFeed: alpaca.dataFeed,
      ...(alpaca.streamUrl === null ? {} : { streamUrl: alpaca.streamUrl }),
      ...(alpaca.dataUrl === null ? {} : { dataUrl: alpaca.dataUrl }),
      ...(alpaca.tradingUrl === null ? {} : { tradingUrl: alpaca.tradingUrl }),
      timing: { pollMs: alpaca.pollIntervalMs ?? DEFAULT_TIMING.pollMs },
      clock,
      random: Math.random,
      log,
    });
  } catch (error) {
    if (error instanceof TapedeckError && error.code === 'unauthorized') return refusedFeed('alpaca', 'live', error);
    throw error;
  }
}
