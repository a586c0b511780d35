#!/bin/sh
# Lets pgAdmin know the database and its password, then starts it. Written at each start: the password may have changed.
set -eu
umask 077

cat > "$PGADMIN_SERVER_JSON_FILE" <<SERVERS
{
  "Servers": {
    "1": {
      "Name": "TapeDeck",
      "Group": "Servers",
      "Host": "database",
      "Port": 5432,
      "MaintenanceDB": "$DATABASE_NAME",
      "Username": "$DATABASE_USER",
      "ConnectionParameters": { "sslmode": "prefer", "passfile": "/pgpass" }
    }
  }
}
SERVERS

# In a file of passwords, colons and backslashes are escaped.
escaped=$(printf '%s' "$DATABASE_PASSWORD" | sed 's/[\\:]/\\&/g')
storage="${PGADMIN_STORAGE:-/var/lib/pgadmin/storage}/$(printf '%s' "$PGADMIN_DEFAULT_EMAIL" | tr '@' '_')"
mkdir -p "$storage"
printf 'database:5432:*:*:%s\n' "$escaped" > "$storage/pgpass"
unset DATABASE_PASSWORD

exec "${PGADMIN_ENTRYPOINT:-/entrypoint.sh}" "$@"
