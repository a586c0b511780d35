-- For BI tools: closed 1-minute candles of the live dataset, one per symbol and minute, the better-informed source first.
CREATE VIEW public.stock_prices AS
SELECT ('x' || substr(md5(symbol || ' ' || extract(epoch FROM open_time)::bigint), 1, 15))::bit(60)::bigint AS id,
       symbol,
       open_time AS timestamp,
       open, high, low, close, volume
FROM (
  SELECT DISTINCT ON (symbol, open_time) *
  FROM candles
  WHERE interval = '1m' AND is_closed AND (trade_count > 0 OR source IN ('feed-bar', 'backfill'))
  ORDER BY symbol, open_time, trade_count DESC, (source = 'feed-bar'), revision DESC
) AS best;
