-- Figures for dashboards, of prints as they were reported. No prices of a candle: a sum of minutes is not a day, and `analyze`
-- alone makes candles.
CREATE MATERIALIZED VIEW trades_per_minute WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '1 minute', time) AS minute,
       symbol,
       count(*) AS trades,
       sum(size) AS volume,
       sum(price * size) AS turnover,
       max(received - time) AS slowest
FROM trades
GROUP BY 1, 2
WITH NO DATA;

CREATE MATERIALIZED VIEW trades_per_hour WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '1 hour', minute) AS hour,
       symbol,
       sum(trades) AS trades,
       sum(volume) AS volume,
       sum(turnover) AS turnover,
       max(slowest) AS slowest
FROM trades_per_minute
GROUP BY 1, 2
WITH NO DATA;

-- Who deletes: `persist` deletes what it wrote, by the clock of its dataset and the ages in its configuration; the server deletes
-- these two alone, which only the server makes. A refresh looks back less far than prints are kept (two days unless told
-- otherwise): over a stretch whose prints are gone it would count none. Until it comes, the views count what is new by themselves.
DO $$
DECLARE
  spread interval := (abs(hashtext(current_schema())) % 50) * INTERVAL '1 minute';
  soon timestamptz := date_trunc('hour', now()) + INTERVAL '1 hour';
  night timestamptz := date_trunc('day', now()) + INTERVAL '1 day';
BEGIN
  IF current_schema() LIKE 'tapedeck\_replay\_%' THEN RETURN; END IF;
  PERFORM add_continuous_aggregate_policy('trades_per_minute', start_offset => INTERVAL '1 day',
    end_offset => INTERVAL '2 minutes', schedule_interval => INTERVAL '5 minutes', initial_start => soon + spread);
  PERFORM add_continuous_aggregate_policy('trades_per_hour', start_offset => INTERVAL '1 day',
    end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour', initial_start => soon + spread + INTERVAL '7 minutes');
  PERFORM add_retention_policy('trades_per_minute', INTERVAL '90 days', initial_start => night + INTERVAL '6 hours' + spread);
  PERFORM add_retention_policy('trades_per_hour', INTERVAL '2 years', initial_start => night + INTERVAL '8 hours' + spread);
END $$;
