import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../server-process.ts';
import { FEED_MS_PER_KILL } from './kill-scenarios.ts';
import { between, type Scenario, RECOVERY_PATIENCE_MS } from './scenario.ts';
import { type ShownCandle, Screen, differentCandlesOf, holdsAll } from './screen.ts';
import { TRADE_ROLES, type Workload } from './workload.ts';

const KILLS = 10;
const SHORT_KILLS = 2;
const ASK_EVERY_MS = 100;

/** Kills the host of the screens while the others work; it has recovered when it shows again what was stored when it died. */
export const killServe: Scenario = {
  name: 'kill-serve',
  prepare: async ({ isShort, random }) => {
    const planned = isShort ? SHORT_KILLS : KILLS;
    const screen = new Screen({ port: await freePort(), token: randomUUID() });
    const seen: Readonly<Record<string, string>> = { TAPEDECK_PORT: String(screen.port), TAPEDECK_TOKEN: screen.token };
    const problems: string[] = [];
    const shows = async (wanted: readonly ShownCandle[], symbol: string): Promise<boolean> => {
      const deadlineMs = performance.now() + RECOVERY_PATIENCE_MS;
      while (performance.now() < deadlineMs) {
        if ((await screen.isReady()) && holdsAll(await screen.closedCandles(symbol), wanted)) return true;
        await delay(ASK_EVERY_MS);
      }
      problems.push(`what was stored of ${symbol} was not shown within ${String(RECOVERY_PATIENCE_MS / 1_000)} s`);
      return false;
    };
    return {
      workload: {
        feedMs: planned * FEED_MS_PER_KILL + 20_000,
        startedRoles: [...TRADE_ROLES, 'serve'],
        environmentOf: (role) => (role === 'serve' ? seen : {}),
      },
      disturb: async (workload) => {
        let stored = await storedCandles(workload);
        for (; stored.size === 0 && !workload.isEnded; stored = await storedCandles(workload))
          await delay(ASK_EVERY_MS);
        const symbols = [...stored.keys()];
        let longestMs = 0;
        for (let count = 0; count < planned; count++) {
          const symbol = symbols[Math.floor(random() * symbols.length)] ?? '';
          // Let come to life first, so that what it shows then counts and not that it starts.
          await shows([], symbol);
          await delay(between(random, 0, 5_000));
          const wanted = (await storedCandles(workload)).get(symbol) ?? [];
          workload.worker('serve').kill();
          const killedMs = performance.now();
          if (await shows(wanted, symbol)) longestMs = Math.max(longestMs, performance.now() - killedMs);
        }
        return { count: planned, recoverySeconds: Math.round(longestMs / 100) / 10 };
      },
      count: async (workload) => {
        let candlesDifferent = 0;
        const stored = await storedCandles(workload);
        for (const [symbol, candles] of stored) {
          candlesDifferent += differentCandlesOf(await screen.closedCandles(symbol), candles);
        }
        return {
          candlesDifferent,
          problems,
          remark: `the screen showed the candles of ${String(stored.size)} symbols as they are stored but for ${String(candlesDifferent)}`,
        };
      },
    };
  },
};

/** The closed minutes by symbol. */
function storedCandles(workload: Workload): Promise<ReadonlyMap<string, readonly ShownCandle[]>> {
  return workload.administrate(async (client) => {
    const { rows } = await client.query<ShownCandle & { readonly symbol: string }>(
      `SELECT symbol, to_char(open_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "openTime", open, high, low,
         close, volume, vwap, trade_count::float8 AS "tradeCount", revision::float8 AS revision
       FROM ${workload.schema}.candles WHERE interval = '1m' AND is_closed ORDER BY open_time`,
    );
    const bySymbol = new Map<string, ShownCandle[]>();
    for (const { symbol, ...candle } of rows) bySymbol.set(symbol, [...(bySymbol.get(symbol) ?? []), candle]);
    return bySymbol;
  });
}
