-- Least privilege for a shared database. Run it once as an administrator, in TapeDeck's database:
--
--   psql --dbname tapedeck --file db/roles.sql
--
-- It makes an owner and three groups, without passwords, and may be run again at any time:
--
--   tapedeck_owner    owns the tables and migrates them: npm run store -- migrate. It may log in, because the jobs of
--                     TimescaleDB run as the owner
--   tapedeck_writer   workers: npm run worker
--   tapedeck_desk     hosts with a screen on the remote stack: npm start, npm run web
--   tapedeck_reader   BI tools and exports
--
-- Then give people and programs users of their own. \password keeps their passwords out of history and process lists:
--
--   \password tapedeck_owner
--   CREATE ROLE worker_1 LOGIN IN ROLE tapedeck_writer;
--   \password worker_1
--
-- and migrate each dataset once as the owner, which also gives the groups what db/grants.sql says. The password comes from
-- POSTGRES_PASSWORD or the file named by POSTGRES_PASSWORD_FILE:
--
--   POSTGRES_HOST=db POSTGRES_USER=tapedeck_owner npm run store -- migrate --stack remote --dataset live
--
-- TimescaleDB is installed by an administrator: CREATE EXTENSION timescaledb.

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tapedeck_owner', 'tapedeck_writer', 'tapedeck_desk', 'tapedeck_reader'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I', name);
    END IF;
  END LOOP;

  ALTER ROLE tapedeck_owner LOGIN;

  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO tapedeck_reader', current_database());
  -- Rows arrive through temporary tables.
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO tapedeck_writer, tapedeck_desk', current_database());
  -- A dataset is a schema; the view public.stock_prices lies outside.
  EXECUTE format('GRANT CONNECT, TEMPORARY, CREATE ON DATABASE %I TO tapedeck_owner', current_database());
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  GRANT USAGE, CREATE ON SCHEMA public TO tapedeck_owner;
  GRANT USAGE ON SCHEMA public TO tapedeck_writer, tapedeck_desk, tapedeck_reader;
END $$;
