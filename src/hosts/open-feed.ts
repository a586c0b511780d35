import { createAlpacaFeed } from '../feeds/alpaca/alpaca-feed.ts';
import { DEFAULT_TIMING } from '../feeds/alpaca/alpaca-timing.ts';
import type { Feed } from '../feeds/feed.ts';
import { createMockClock } from '../feeds/mock/mock-clock.ts';
import { createMockFeed } from '../feeds/mock/mock-feed.ts';
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

/** The feed of a host that ingests. Throws `bad-input` for a replay file that cannot be read. */
export async function openFeed({ config, clock, log }: OpenFeedRequest): Promise<Feed> {
  if (config.feed === 'mock') return createMockFeed({ options: config.mock, clock });
  if (config.feed === 'replay') throw new TapedeckError('unsupported', 'replay');
  return openAlpacaFeed(config.alpaca, clock, log);
}

function openAlpacaFeed(alpaca: AlpacaConfig, clock: Clock, log: Log): Feed {
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
