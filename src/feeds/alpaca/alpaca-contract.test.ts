import { FREE_ACCOUNT, startAlpacaStandIn } from '../../testing/alpaca/alpaca-stand-in.ts';
import { clockAt, OPEN_MS, QUICK, quote, trade } from '../../testing/alpaca/alpaca-feed-fixture.ts';
import { describeFeedContract } from '../../testing/feed-contract.ts';
import { silentLog } from '../../market/index.ts';
import { createAlpacaFeed } from './alpaca-feed.ts';

describeFeedContract('alpaca', async () => {
  const clock = clockAt(OPEN_MS);
  const standIn = await startAlpacaStandIn({ clock, accounts: [{ ...FREE_ACCOUNT, requestsPerMinute: 60_000 }] });
  const feed = createAlpacaFeed({
    keyId: FREE_ACCOUNT.keyId,
    secret: FREE_ACCOUNT.secret,
    streamUrl: standIn.streamUrl,
    dataUrl: standIn.dataUrl,
    tradingUrl: standIn.tradingUrl,
    requestsPerMinute: 60_000,
    random: () => 0,
    clock,
    log: silentLog,
    timing: QUICK,
  });
  let isClosed = false;
  return {
    feed,
    symbols: ['AAPL', 'MSFT', 'SPY'],
    unknownSymbol: 'NOPE',
    nowMs: OPEN_MS,
    provoke: (symbols) => standIn.deliver(symbols.flatMap((symbol) => [trade(symbol), quote(symbol)])),
    close: async () => {
      if (!isClosed) await standIn.close();
      isClosed = true;
    },
  };
});
