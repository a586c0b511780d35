-- Run once the timescaledb extension is there, also on tables that already hold rows. The keys begin with time: no further index.

-- Prints are kept for days and go a chunk at a time. Six hours make two busy chunks a day; what outlives its age does so by six
-- hours at most, and only the last pages of the newest chunk's key are written to, however large the chunk.
SELECT create_hypertable('trades', 'time', chunk_time_interval => INTERVAL '6 hours', migrate_data => true, create_default_indexes => false);
-- Minutes live for two years, days for ever, and a chart reads weeks to years of one symbol: 30 days are a few million rows for
-- 500 symbols, and two years 25 chunks to plan over.
SELECT create_hypertable('candles', 'open_time', chunk_time_interval => INTERVAL '30 days', migrate_data => true, create_default_indexes => false);
SELECT create_hypertable('indicators', 'open_time', chunk_time_interval => INTERVAL '30 days', migrate_data => true, create_default_indexes => false);
