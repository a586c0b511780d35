-- How far the repair of a gap has come. open: nobody works on it yet; queued: asked for by hand; impossible: the note says why.
ALTER TABLE gaps ADD COLUMN state text NOT NULL DEFAULT 'open'
  CHECK (state IN ('open', 'queued', 'running', 'done', 'impossible'));
ALTER TABLE gaps ADD COLUMN attempts integer NOT NULL DEFAULT 0;
ALTER TABLE gaps ADD COLUMN next_attempt timestamptz;
ALTER TABLE gaps ADD COLUMN bars bigint NOT NULL DEFAULT 0;
ALTER TABLE gaps ADD COLUMN symbols_done integer NOT NULL DEFAULT 0;
ALTER TABLE gaps ADD COLUMN symbols_total integer NOT NULL DEFAULT 0;
ALTER TABLE gaps ADD COLUMN note text NOT NULL DEFAULT '';

UPDATE gaps SET state = 'done' WHERE backfilled IS NOT NULL;

CREATE INDEX gaps_pending ON gaps (from_time) WHERE state IN ('open', 'queued', 'running');
