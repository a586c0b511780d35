-- What arrived wrong and leaves no row of its own. Added to in the transaction that stores the trades and moves the position,
-- so that input read again after a crash adds nothing. By hour, because every trading day begins with one.
CREATE TABLE data_quality (
  hour        timestamptz NOT NULL,
  symbol      text COLLATE "C" NOT NULL,
  duplicates  bigint NOT NULL,
  late_trades bigint NOT NULL,
  PRIMARY KEY (hour, symbol)
) WITH (fillfactor = 80);

-- How often a candle changed after it had closed; null for never. Without a default, so that compressed chunks can take it.
ALTER TABLE candles ADD COLUMN restated integer;
