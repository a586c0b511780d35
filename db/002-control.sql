CREATE TABLE alert_rules (
  id                 text COLLATE "C" PRIMARY KEY,
  symbol             text COLLATE "C" NOT NULL,
  condition          jsonb NOT NULL,
  is_enabled         boolean NOT NULL,
  cooldown_ms        bigint NOT NULL,
  hysteresis_percent double precision NOT NULL,
  note               text NOT NULL,
  created            timestamptz NOT NULL,
  updated            timestamptz NOT NULL
);

CREATE TABLE alerts (
  time      timestamptz NOT NULL,
  id        text COLLATE "C" NOT NULL,
  rule_id   text COLLATE "C" NOT NULL,
  symbol    text COLLATE "C" NOT NULL,
  condition jsonb NOT NULL,
  price     double precision NOT NULL,
  value     double precision NOT NULL,
  message   text NOT NULL,
  PRIMARY KEY (time, id)
);

CREATE INDEX alerts_symbol ON alerts (symbol, time);

-- One row per alert and channel: whoever inserts it delivers.
CREATE TABLE deliveries (
  alert_id     text COLLATE "C" NOT NULL,
  channel      text COLLATE "C" NOT NULL,
  claimed      timestamptz NOT NULL,
  finished     timestamptz,
  is_delivered boolean,
  detail       text,
  PRIMARY KEY (alert_id, channel)
);

CREATE TABLE subscriptions (
  client      text COLLATE "C" NOT NULL,
  symbol      text COLLATE "C" NOT NULL,
  priority    integer NOT NULL,
  lease_until timestamptz NOT NULL,
  PRIMARY KEY (client, symbol)
);

CREATE TABLE leases (
  name  text COLLATE "C" PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  until timestamptz NOT NULL
);
