import { describe, expect, it } from 'vitest';
import { type MarketEvent, silentLog, TapedeckError } from '../../market/index.ts';
import { eventually, OPEN_MS } from '../../testing/alpaca/alpaca-feed-fixture.ts';
import type { AlpacaProvider } from './alpaca-mapper.ts';
import { SnapshotPoller, type SnapshotPollerOptions } from './snapshot-poller.ts';

const MINUTE_MS = 60_000;

/** Of a market that is open, without a pause between its rounds; what a test does not expect fails it. */
function pollerOf(options: Pick<SnapshotPollerOptions, 'rest'> & Partial<SnapshotPollerOptions>): SnapshotPoller {
  return new SnapshotPoller({
    feed: 'iex',
    provider: 'alpaca',
    intervalMs: 1,
    requestsPerMinute: () => 1_000_000,
    clock: { now: () => OPEN_MS },
    log: silentLog,
    onEvent: () => undefined,
    onBadMessage: (reason) => expect.unreachable(reason),
    onSymbolRefused: (symbol) => expect.unreachable(symbol),
    ...options,
  });
}

async function pollUntil(poller: SnapshotPoller, expectation: () => void): Promise<void> {
  const closing = new AbortController();
  const run = poller.run(closing.signal);
  await eventually(expectation);
  closing.abort();
  await run;
}

describe('polling snapshots', () => {
  it.each<[AlpacaProvider, number]>([
    ['alpaca', 0],
    ['alpaca-delayed', 15 * MINUTE_MS],
  ])('tells of a minute only once it is over in the market of %s', async (provider, delayMs) => {
    const running = OPEN_MS - delayMs - MINUTE_MS / 2;
    const over = running - MINUTE_MS;
    const openTimes = [running, over];
    const events: MarketEvent[] = [];
    const poller = pollerOf({
      rest: {
        snapshots: () => {
          const t = new Date(openTimes.shift() ?? over).toISOString();
          return Promise.resolve(
            new Map([['AAPL', { minuteBar: { t, o: 1, h: 2, l: 1, c: 2, v: 10, n: 3, vw: 1.5 } }]]),
          );
        },
      },
      provider,
      onEvent: (event) => events.push(event),
    });
    poller.setSymbols(['AAPL']);
    await pollUntil(poller, () => expect(events.length).toBeGreaterThan(0));
    expect(events).toMatchObject([{ type: 'bar', timeMs: over }]);
  });

  it('leaves out the one symbol that Alpaca cannot parse, and asks for all others', async () => {
    const symbols = Array.from({ length: 150 }, (_, at) => (at === 40 ? '^GSPC' : `S${at}`));
    const requests: (readonly string[])[] = [];
    const answered = new Set<string>();
    const refused: string[] = [];
    const poller = pollerOf({
      rest: {
        snapshots: (asked) => {
          requests.push(asked);
          if (asked.includes('^GSPC')) return Promise.reject(new TapedeckError('bad-input', 'invalid symbol: ^GSPC'));
          for (const symbol of asked) answered.add(symbol);
          return Promise.resolve(new Map());
        },
      },
      onSymbolRefused: (symbol) => refused.push(symbol),
    });
    poller.setSymbols(symbols);
    await pollUntil(poller, () => expect(requests.length).toBeGreaterThan(20));
    expect(refused).toEqual(['^GSPC']);
    expect(answered).toEqual(new Set(symbols.filter((symbol) => symbol !== '^GSPC')));
    expect(requests.at(-1)).not.toContain('^GSPC');
  });

  it('says once what cannot be read of a symbol, and tells the rest of it', async () => {
    const minuteBar = { t: '2026-07-13T13:44:00Z', o: 0, h: 2, l: 1, c: 2, v: 10, n: 3 };
    const events: MarketEvent[] = [];
    const reasons: string[] = [];
    let rounds = 0;
    const poller = pollerOf({
      rest: {
        snapshots: () => {
          rounds += 1;
          const t = new Date(OPEN_MS + rounds).toISOString();
          const latestQuote = { t, ax: 'V', ap: 2, as: 100, bx: 'V', bp: 1, bs: 100, c: [] };
          return Promise.resolve(new Map([['AAPL', { minuteBar, latestQuote }]]));
        },
      },
      onEvent: (event) => events.push(event),
      onBadMessage: (reason) => reasons.push(reason),
    });
    poller.setSymbols(['AAPL']);
    await pollUntil(poller, () => expect(rounds).toBeGreaterThan(3));
    expect(reasons).toEqual(['snapshot of AAPL: o: expected a positive number, got 0']);
    expect(events.length).toBeGreaterThan(2);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['quote']));
  });
});
