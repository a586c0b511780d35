-- Run once the timescaledb extension is there, also on tables that already hold rows. The keys begin with time: no further index.
SELECT create_hypertable('trades', 'time', chunk_time_interval => INTERVAL '6 hours', migrate_data => true, create_default_indexes => false);
SELECT create_hypertable('candles', 'open_time', chunk_time_interval => INTERVAL '30 days', migrate_data => true, create_default_indexes => false);
SELECT create_hypertable('indicators', 'open_time', chunk_time_interval => INTERVAL '30 days', migrate_data => true, create_default_indexes => false);
