-- Long after anybody revises them, candles are kept in columns. Start times differ so that the jobs never meet.
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
SELECT add_compression_policy('candles', INTERVAL '90 days', initial_start => date_trunc('day', now()) + INTERVAL '26 hours');
SELECT add_compression_policy('indicators', INTERVAL '90 days', initial_start => date_trunc('day', now()) + INTERVAL '28 hours');
