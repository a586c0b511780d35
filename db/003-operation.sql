-- Where each consumer stands, written in the transaction that stores what it read.
CREATE TABLE bus_positions (
  cluster_id text COLLATE "C" NOT NULL,
  consumer   text COLLATE "C" NOT NULL,
  topic      text COLLATE "C" NOT NULL,
  partition  integer NOT NULL,
  next       bigint NOT NULL,
  PRIMARY KEY (cluster_id, consumer, topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE analysis_checkpoints (
  key     text COLLATE "C" PRIMARY KEY,
  saved   timestamptz NOT NULL,
  version integer NOT NULL,
  state   bytea NOT NULL
);

CREATE TABLE gaps (
  id         text COLLATE "C" PRIMARY KEY,
  symbol     text COLLATE "C",
  reason     text NOT NULL,
  from_time  timestamptz NOT NULL,
  to_time    timestamptz NOT NULL,
  lost_count bigint,
  detail     text NOT NULL,
  backfilled timestamptz
);

CREATE INDEX gaps_from_time ON gaps (from_time);

CREATE TABLE dead_letters (
  time      timestamptz NOT NULL,
  id        bigint GENERATED ALWAYS AS IDENTITY,
  origin    text NOT NULL,
  topic     text NOT NULL,
  partition integer,
  position  bigint,
  reason    text NOT NULL,
  payload   text NOT NULL,
  PRIMARY KEY (time, id)
);

-- The same bad line read twice is one dead letter; without a position every arrival counts.
CREATE UNIQUE INDEX dead_letters_position
  ON dead_letters (origin, topic, coalesce(partition, -1), position, md5(payload))
  WHERE position IS NOT NULL;

CREATE TABLE errors (
  scope      text NOT NULL,
  code       text NOT NULL,
  message    text NOT NULL,
  first_time timestamptz NOT NULL,
  last_time  timestamptz NOT NULL,
  count      bigint NOT NULL,
  PRIMARY KEY (scope, code, message)
);

CREATE INDEX errors_last_time ON errors (last_time);
