import { PAID_ACCOUNT, FREE_ACCOUNT, startAlpacaStandIn } from './alpaca-stand-in.ts';

/**
 * The stand-in as a program: `tsx run-alpaca-stand-in.ts [ticks per second]`. Prints one line of JSON, the environment that
 * leads TapeDeck to it, and runs until it is ended.
 */
const standIn = await startAlpacaStandIn({ ticksPerSecond: Number(process.argv[2] ?? 2) });
const environment = {
  APCA_API_KEY_ID: FREE_ACCOUNT.keyId,
  APCA_API_SECRET_KEY: FREE_ACCOUNT.secret,
  ALPACA_STREAM_URL: standIn.streamUrl,
  ALPACA_DATA_URL: standIn.dataUrl,
  ALPACA_TRADING_URL: standIn.tradingUrl,
};
process.stdout.write(`${JSON.stringify(environment)}\n`);
process.stderr.write(`a paid plan: key ${PAID_ACCOUNT.keyId}, the same secret\n`);

const stop = (): void => void standIn.close();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
