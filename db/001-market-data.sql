-- Keys put time first: rows arrive in time order, so inserts stay on the last pages of the index.
-- Key texts compare by bytes ("C"), which is both faster and the same on every server.

CREATE TABLE trades (
  time       timestamptz NOT NULL,
  time_ns    bigint NOT NULL,
  symbol     text COLLATE "C" NOT NULL,
  exchange   text COLLATE "C" NOT NULL,
  id         text COLLATE "C" NOT NULL,
  price      double precision NOT NULL,
  size       double precision NOT NULL,
  tape       text NOT NULL,
  conditions text[] NOT NULL,
  sequence   bigint,
  source     text NOT NULL,
  provider   text NOT NULL,
  received   timestamptz NOT NULL,
  PRIMARY KEY (time, symbol, exchange, id)
);

COMMENT ON COLUMN trades.time_ns IS 'Exchange time in nanoseconds since 1970, exact; time is the same cut to microseconds.';

-- Corrections and cancels, never applied to trades in place: the original print stays as it was reported.
CREATE TABLE trade_amendments (
  symbol      text COLLATE "C" NOT NULL,
  exchange    text COLLATE "C" NOT NULL,
  original_id text COLLATE "C" NOT NULL,
  time_ns     bigint NOT NULL,
  kind        text COLLATE "C" NOT NULL CHECK (kind IN ('correction', 'cancel')),
  id          text COLLATE "C" NOT NULL,
  time        timestamptz NOT NULL,
  price       double precision,
  size        double precision,
  tape        text NOT NULL,
  conditions  text[] NOT NULL,
  source      text NOT NULL,
  provider    text NOT NULL,
  received    timestamptz NOT NULL,
  PRIMARY KEY (symbol, exchange, original_id, time_ns, kind, id)
);

CREATE INDEX trade_amendments_time ON trade_amendments (time);

-- Open candles are updated in place many times; the free room keeps those updates on their page.
CREATE TABLE candles (
  open_time   timestamptz NOT NULL,
  symbol      text COLLATE "C" NOT NULL,
  interval    text COLLATE "C" NOT NULL,
  source      text COLLATE "C" NOT NULL,
  open        double precision NOT NULL,
  high        double precision NOT NULL,
  low         double precision NOT NULL,
  close       double precision NOT NULL,
  volume      double precision NOT NULL,
  vwap        double precision,
  trade_count bigint NOT NULL,
  revision    bigint NOT NULL,
  is_closed   boolean NOT NULL,
  PRIMARY KEY (open_time, symbol, interval, source)
) WITH (fillfactor = 80);

CREATE INDEX candles_symbol ON candles (symbol, interval, open_time);

CREATE TABLE indicators (
  open_time timestamptz NOT NULL,
  symbol    text COLLATE "C" NOT NULL,
  interval  text COLLATE "C" NOT NULL,
  revision  bigint NOT NULL,
  is_closed boolean NOT NULL,
  values    jsonb NOT NULL,
  PRIMARY KEY (open_time, symbol, interval)
) WITH (fillfactor = 80);

CREATE INDEX indicators_symbol ON indicators (symbol, interval, open_time);

CREATE TABLE industries (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sector text NOT NULL,
  name   text NOT NULL,
  UNIQUE (sector, name)
);

CREATE TABLE companies (
  symbol         text COLLATE "C" PRIMARY KEY,
  name           text NOT NULL,
  industry_id    bigint NOT NULL REFERENCES industries,
  exchange       text NOT NULL,
  calendar       text NOT NULL,
  price_decimals integer NOT NULL
);
