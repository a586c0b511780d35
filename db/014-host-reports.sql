-- What each host of a shared pipeline says of itself every few seconds; how old it is, this database's clock tells.
CREATE TABLE host_reports (
  host     text COLLATE "C" PRIMARY KEY,
  reported timestamptz NOT NULL,
  report   jsonb NOT NULL
) WITH (fillfactor = 50);
