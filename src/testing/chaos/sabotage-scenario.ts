import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ChaosRow } from './chaos-table.ts';
import type { Scenario } from './scenario.ts';
import { countRows } from './stored-outcome.ts';

/** How many messages the stored position of one partition is set back by, once. */
export const SET_BACK_MESSAGES = 10;

/**
 * Breaks every promise that is counted, in the database itself and so that no worker can see it: one print in five hundred
 * vanishes, one candle in two hundred has another close, one dead letter in ten vanishes, and once a position is set back.
 * For tables that are empty.
 */
export async function sabotage(client: Client, schema: string): Promise<void> {
  await client.query(`
    CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER swallow_trade BEFORE INSERT ON ${schema}.trades
      FOR EACH ROW WHEN (hashtext(NEW.id) % 500 = 0) EXECUTE FUNCTION public.swallow();
    CREATE SEQUENCE public.dead_letters_seen;
    CREATE TRIGGER swallow_dead_letter BEFORE INSERT ON ${schema}.dead_letters
      FOR EACH ROW WHEN (nextval('public.dead_letters_seen') % 10 = 0) EXECUTE FUNCTION public.swallow();

    CREATE FUNCTION public.falsify() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.close := NEW.close + 0.01;
      RETURN NEW;
    END $$;
    CREATE TRIGGER falsify_candle BEFORE INSERT OR UPDATE ON ${schema}.candles
      FOR EACH ROW WHEN (NEW.is_closed AND hashtext(NEW.symbol || NEW.open_time) % 200 = 0)
      EXECUTE FUNCTION public.falsify();

    CREATE TABLE public.sabotaged_positions (messages bigint);
    CREATE FUNCTION public.set_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (SELECT FROM public.sabotaged_positions) THEN
        INSERT INTO public.sabotaged_positions VALUES (${String(SET_BACK_MESSAGES)});
        NEW.next := OLD.next - ${String(SET_BACK_MESSAGES)};
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER set_back BEFORE UPDATE ON ${schema}.bus_positions FOR EACH ROW
      WHEN (NEW.consumer = 'persist' AND NEW.topic = 'trades' AND OLD.next > ${String(SET_BACK_MESSAGES)})
      EXECUTE FUNCTION public.set_back();`);
}

const SET_BACK_PATIENCE_MS = 60_000;

/** No bad day but broken promises: shows that the counting notices them. It fails, always. */
export const sabotaged: Scenario = {
  name: 'sabotaged',
  prepare: async () => ({
    workload: { feedMs: 60_000, prepareDatabase: ({ client, schema }) => sabotage(client, schema) },
    disturb: async (workload) => {
      // A position set back at the very end of the feed would be noticed by nobody who goes on from it.
      const deadlineMs = performance.now() + SET_BACK_PATIENCE_MS;
      while (!(await workload.administrate(hasSetBack)) && performance.now() < deadlineMs) await delay(200);
      return { count: 0, remark: 'promises are broken here on purpose: every number is to be off' };
    },
  }),
};

type SabotagedCounts = Pick<ChaosRow, 'lost' | 'duplicated' | 'candlesDifferent' | 'deadLetters'>;

async function hasSetBack(client: Client): Promise<boolean> {
  return (await countRows(client, 'SELECT count(*) FROM public.sabotaged_positions')) > 0;
}

/** The promises whose breach the numbers do not show, a sentence each. */
export function unnoticedSabotage(row: SabotagedCounts, malformedCount: number): readonly string[] {
  const broken = [
    ['lost', row.lost > 0],
    ['duplicated', row.duplicated > 0],
    ['candlesDifferent', row.candlesDifferent > 0],
    ['deadLetters', row.deadLetters < malformedCount],
  ] as const;
  return broken.filter(([, isNoticed]) => !isNoticed).map(([name]) => `the sabotage of ${name} went unnoticed`);
}
