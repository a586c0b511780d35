-- What the roles of roles.sql may do in the schema at the head of the search path. Run by whoever migrates it, each time something
-- was added; does nothing where there are no such roles.
DO $$
DECLARE
  here text := current_schema();
  name text;
  rights text;
BEGIN
  FOR name IN SELECT rolname FROM pg_roles WHERE rolname IN ('tapedeck_writer', 'tapedeck_desk', 'tapedeck_reader') LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', here, name);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', here, name);
    -- A view of the live dataset, unless somebody else made a relation of that name.
    IF here = 'tapedeck' AND EXISTS (
      SELECT 1 FROM pg_class WHERE oid = to_regclass('public.stock_prices') AND pg_has_role(relowner, 'USAGE'))
    THEN EXECUTE format('GRANT SELECT ON public.stock_prices TO %I', name); END IF;
  END LOOP;

  -- Everything that workers do, the end of old rows included.
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tapedeck_writer') THEN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = here AND tablename <> 'schema_migrations' LOOP
      EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I.%I TO tapedeck_writer', here, name);
    END LOOP;
    IF to_regproc(format('%I.drop_trades_before', here)) IS NOT NULL THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %I.drop_trades_before TO tapedeck_writer', here);
    END IF;
  END IF;

  -- What people change at a screen: what they watch, their rules, ledgers they work through; and what a host says of itself.
  -- Nobody makes a dead letter or ends a ledger's row there.
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tapedeck_desk') THEN
    FOR name, rights IN SELECT tablename, wanted FROM pg_tables JOIN (VALUES
        ('subscriptions', 'INSERT, UPDATE, DELETE'),
        ('alert_rules', 'INSERT, UPDATE, DELETE'),
        ('host_reports', 'INSERT, UPDATE, DELETE'),
        ('errors', 'INSERT, UPDATE'),
        ('gaps', 'INSERT, UPDATE'),
        ('dead_letters', 'UPDATE')) AS desk (of_table, wanted) ON of_table = tablename
      WHERE schemaname = here
    LOOP
      EXECUTE format('GRANT %s ON %I.%I TO tapedeck_desk', rights, here, name);
    END LOOP;
  END IF;
END $$;
