import type { Client } from 'pg';
import type { Scenario } from './scenario.ts';
import { HOT_SYMBOL, STEADY_START_MS, writeSteadyFeed } from './steady-feed.ts';

const TRADES_PER_SECOND = 3_000;
const HOT_SHARE = 0.3;
const DAY_SECONDS = 120;
const SHORT_DAY_SECONDS = 12;
/** At the beginning of each day, for processes that warm up and for the other day's rest. */
const UNMEASURED_SHARE = 0.25;
const END_PATIENCE_MS = 120_000;

/** After a flat day one symbol has 30 % of all trades; the others must not wait for it. */
export const hotSymbol: Scenario = {
  name: 'hot-symbol',
  isPlayedAlone: true,
  limits: { hotLagTimes: 2 },
  prepare: async ({ folder, isShort }) => {
    const daySeconds = isShort ? SHORT_DAY_SECONDS : DAY_SECONDS;
    const feed = await writeSteadyFeed({
      folder,
      seed: 31,
      symbolCount: 500,
      tradesPerSecond: TRADES_PER_SECOND,
      seconds: 2 * daySeconds,
      hot: { fromSecond: daySeconds, share: HOT_SHARE },
    });
    return {
      // As fast as the prints came: a lag is the time since a print was due.
      workload: { feed, feedMs: feed.lengthMs, prepareDatabase: ({ client, schema }) => watchLags(client, schema) },
      disturb: async (workload) => {
        await workload.ended(feed.lengthMs + END_PATIENCE_MS);
        const [flatMs, hotMs] = await workload.administrate((client) => readLags(client, daySeconds));
        const hotLagTimes = Math.ceil((hotMs / flatMs) * 10) / 10;
        return {
          count: 0,
          hotLagTimes,
          remark: `until they were stored 99 of 100 trades of the others took ${flatMs.toFixed(0)} ms on a flat day and ${hotMs.toFixed(0)} ms beside a hot symbol`,
        };
      },
    };
  },
};

/** Has the server note when each print was stored. */
async function watchLags(client: Client, schema: string): Promise<void> {
  await client.query(`
    CREATE UNLOGGED TABLE public.stored_prints (due timestamptz, received timestamptz, stored timestamptz, is_hot boolean);
    CREATE FUNCTION public.note_stored() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO public.stored_prints SELECT time, received, clock_timestamp(), symbol = '${HOT_SYMBOL}' FROM new_prints;
      RETURN NULL;
    END $$;
    CREATE TRIGGER note_stored AFTER INSERT ON ${schema}.trades REFERENCING NEW TABLE AS new_prints
      FOR EACH STATEMENT EXECUTE FUNCTION public.note_stored();`);
}

/**
 * Milliseconds within which 99 of 100 prints of the others were stored, on either day. What was read soonest after its time was
 * read when it was due, which puts the feed's time on the clock: a print that is read late has lagged already.
 */
async function readLags(client: Client, daySeconds: number): Promise<readonly [number, number]> {
  const { rows } = await client.query<{ p99: number }>(
    `WITH clock AS (SELECT min(received - due) AS ahead FROM public.stored_prints), lags AS (
      SELECT extract(epoch FROM stored - due - ahead) * 1000 AS ms,
        extract(epoch FROM due - $1::timestamptz) / $2::float8 AS day
      FROM public.stored_prints, clock WHERE NOT is_hot)
    SELECT (percentile_cont(0.99) WITHIN GROUP (ORDER BY ms))::float8 AS p99 FROM lags
    WHERE day - floor(day) >= $3::float8 GROUP BY floor(day) ORDER BY floor(day)`,
    [new Date(STEADY_START_MS).toISOString(), daySeconds, UNMEASURED_SHARE],
  );
  const [flat, hot] = rows;
  if (flat === undefined || hot === undefined) throw new Error('Not both days were stored.');
  return [flat.p99, hot.p99];
}
