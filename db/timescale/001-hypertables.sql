-- Run once the timescaledb extension is there, also on tables that already hold rows.
SELECT create_hypertable('trades', 'time', chunk_time_interval => INTERVAL '6 hours', migrate_data => true);
SELECT create_hypertable('candles', 'open_time', chunk_time_interval => INTERVAL '30 days', migrate_data => true);
SELECT create_hypertable('indicators', 'open_time', chunk_time_interval => INTERVAL '30 days', migrate_data => true);
