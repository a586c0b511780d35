-- How far copies from other stores have come: one row for each table and day that differed when the copy came to it.
CREATE TABLE copy_progress (
  table_name   text COLLATE "C" NOT NULL,
  day          text COLLATE "C" NOT NULL,
  rows         bigint NOT NULL,
  checksum     text NOT NULL,
  copied_until timestamptz,
  is_finished  boolean NOT NULL,
  updated      timestamptz NOT NULL,
  PRIMARY KEY (table_name, day)
);

COMMENT ON TABLE copy_progress IS 'rows and checksum are the source''s: a source that has changed since is copied again.';
