-- What became of a dead letter: `open`, `retried` or `discarded`, since when, and what its last retry came to. Whoever
-- retries it claims it for a while first, so that two do not at the same time.
ALTER TABLE dead_letters
  ADD COLUMN state         text COLLATE "C" NOT NULL DEFAULT 'open',
  ADD COLUMN retries       integer NOT NULL DEFAULT 0,
  ADD COLUMN outcome       text,
  ADD COLUMN settled       timestamptz,
  ADD COLUMN claim         text COLLATE "C",
  ADD COLUMN claimed_until timestamptz,
  ADD CONSTRAINT dead_letters_state CHECK (state IN ('open', 'retried', 'discarded'));

CREATE INDEX dead_letters_id ON dead_letters (id);

-- Counted every few seconds and walked through by a retry of all.
CREATE INDEX dead_letters_open ON dead_letters (id) WHERE state = 'open';
