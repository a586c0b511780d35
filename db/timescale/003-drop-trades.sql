-- Only the owner may drop chunks; the role that stores prints may by this, and nothing else of the kind. Without schema-qualified
-- names a temporary table of the caller could stand in for ours, hence the search path and the full name.
CREATE FUNCTION drop_trades_before(before timestamptz) RETURNS SETOF text
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
AS $$ SELECT drop_chunks(format('%I.trades', current_schema())::regclass, older_than => before) $$;

REVOKE ALL ON FUNCTION drop_trades_before(timestamptz) FROM PUBLIC;
