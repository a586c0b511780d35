-- Not in the Apache edition. Rows of one symbol lie together in columns, in the order in which charts and rebuilds read them. What
-- comes late is still taken: the segments that its key may be in are unpacked for it.
ALTER TABLE trades SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'symbol',
  timescaledb.compress_orderby = 'time, exchange, id'
);
ALTER TABLE candles SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'symbol, interval, source',
  timescaledb.compress_orderby = 'open_time'
);
ALTER TABLE indicators SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'symbol, interval',
  timescaledb.compress_orderby = 'open_time'
);

-- Prints after a day, when corrections have come; candles long after anybody revises them. Each job has a time of day of its own,
-- and each dataset minutes of its own: two jobs at once can deadlock. Ages are those of the wall clock, so a replayed year would
-- be packed while it is being written: replays are left as they are.
DO $$
DECLARE
  spread interval := (abs(hashtext(current_schema())) % 50) * INTERVAL '1 minute';
  night timestamptz := date_trunc('day', now()) + INTERVAL '1 day';
BEGIN
  IF current_schema() LIKE 'tapedeck\_replay\_%' THEN RETURN; END IF;
  PERFORM add_compression_policy('trades', INTERVAL '1 day', initial_start => night + INTERVAL '1 hour' + spread,
    schedule_interval => INTERVAL '6 hours', if_not_exists => true);
  PERFORM add_compression_policy('candles', INTERVAL '90 days', initial_start => night + INTERVAL '2 hours' + spread,
    schedule_interval => INTERVAL '1 day', if_not_exists => true);
  PERFORM add_compression_policy('indicators', INTERVAL '90 days', initial_start => night + INTERVAL '4 hours' + spread,
    schedule_interval => INTERVAL '1 day', if_not_exists => true);
END $$;
