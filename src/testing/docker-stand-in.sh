#!/bin/sh
# Behaves as the docker program with its Compose plugin does, as far as TapeDeck calls it. STAND_IN names a folder: `scenario`
# says what goes wrong, `calls` gets every command line, `environment` the environment of the last call of Compose, `input`
# what came on standard input, `up` is there while the services run.
set -u
scenario=$(cat "$STAND_IN/scenario" 2>/dev/null || true)
echo "$*" >> "$STAND_IN/calls"

fail() {
  case "$progress" in
    json) printf '{"error":true,"message":"%s"}\n' "$1" >&2 ;;
    *) echo "$1" >&2 ;;
  esac
  exit 1
}

said() {
  [ "$progress" = json ] && printf '%s\n' "$1" >&2 || printf ' %s\n' "$2" >&2
}

container() {
  # service, image, state, health, exit code, port, port of the container
  if [ "$3" = running ]; then publishers="[{\"URL\":\"127.0.0.1\",\"TargetPort\":$7,\"PublishedPort\":$6,\"Protocol\":\"tcp\"}]"; else publishers=null; fi
  printf '{"Service":"%s","Image":"%s","State":"%s","Health":"%s","ExitCode":%s,"Publishers":%s,"Name":"x","Labels":"a=b"}\n' \
    "$1" "$2" "$3" "$4" "$5" "$publishers"
}

progress=plain
if [ "$1" = info ]; then
  case "$scenario" in
    engine-down)
      echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2
      exit 1 ;;
    no-permission)
      echo 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/info": dial unix /var/run/docker.sock: connect: permission denied' >&2
      exit 1 ;;
    desktop) echo 'Docker Desktop' ;;
    *) echo 'Debian GNU/Linux 12 (bookworm)' ;;
  esac
  exit 0
fi

[ "$1" = compose ] && shift
if [ "$1" = version ]; then
  case "$scenario" in
    no-compose)
      printf 'docker: unknown command: docker compose\n\nRun '\''docker --help'\'' for more information\n' >&2
      exit 1 ;;
    old-compose) echo 2.20.3 ;;
    *) echo 2.40.3 ;;
  esac
  exit 0
fi

env > "$STAND_IN/environment"
profiles=
action=
while [ $# -gt 0 ]; do
  case "$1" in
    --progress) progress=$2; shift 2 ;;
    --profile) profiles="$profiles $2"; shift 2 ;;
    --env-file) . "$2"; shift 2 ;;
    --project-name | --project-directory | --file) shift 2 ;;
    *) action=$1; shift; break ;;
  esac
done
: "${POSTGRES_PASSWORD:?required variable POSTGRES_PASSWORD is missing a value}"

case "$action" in
  up)
    case "$scenario" in
      port-taken)
        fail 'Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint tapedeck-database-1 (8d1f): failed to bind host port for 127.0.0.1:5432:172.18.0.2:5432/tcp: address already in use' ;;
      desktop-port-taken)
        fail "Error response from daemon: Ports are not available: exposing port TCP 127.0.0.1:$KAFKA_PORT -> 127.0.0.1:0: listen tcp4 127.0.0.1:$KAFKA_PORT: bind: address already in use" ;;
      disk-full) fail 'failed to register layer: write /opt/kafka/libs/rocksdbjni.jar: no space left on device' ;;
      no-network)
        fail 'Error response from daemon: Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host' ;;
      image-refused)
        fail 'Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit.' ;;
      odd) fail 'service database: something nobody has seen before' ;;
      hang)
        said '{"id":"kafka","text":"Pulling"}' 'kafka Pulling '
        sleep 600 & wait $! ;;
    esac
    said '{"id":"kafka","text":"Pulling"}' 'kafka Pulling '
    said '{"id":"4f4fb700ef54","parent_id":"kafka","text":"Downloading","status":"[=>   ]  10MB/100MB","current":10000000,"total":100000000,"percent":10}' '4f4fb700ef54 Downloading [=>   ]  10MB/100MB'
    said '{"id":"a1b2c3d4e5f6","parent_id":"kafka","text":"Downloading","status":"[=>   ]  40MB/100MB","current":40000000,"total":100000000,"percent":40}' 'a1b2c3d4e5f6 Downloading [==>  ]  40MB/100MB'
    said '{"id":"kafka","text":"Pulled"}' 'kafka Pulled '
    said '{"id":"Network tapedeck_default","status":"Created"}' 'Network tapedeck_default  Created'
    said '{"id":"Container tapedeck-kafka-1","status":"Starting"}' 'Container tapedeck-kafka-1  Starting'
    said '{"id":"Container tapedeck-kafka-1","status":"Started"}' 'Container tapedeck-kafka-1  Started'
    echo "$profiles" > "$STAND_IN/up" ;;
  ps)
    [ -f "$STAND_IN/up" ] || exit 0
    database=healthy
    # Services become healthy the second time somebody looks.
    [ -f "$STAND_IN/looked" ] || database=starting
    touch "$STAND_IN/looked"
    [ "$scenario" = unhealthy ] && database=unhealthy
    container kafka apache/kafka:4.1.1 running healthy 0 "$KAFKA_PORT" 9092
    if [ "$scenario" = exited ]; then container database timescale/timescaledb:2.28.3-pg17 exited '' 1 0 5432
    else container database timescale/timescaledb:2.28.3-pg17 running "$database" 0 "$POSTGRES_PORT" 5432; fi
    case "$(cat "$STAND_IN/up")" in *tools*) container kafka-ui kafbat/kafka-ui:v1.5.0 running healthy 0 "$KAFKA_UI_PORT" 8080
      container pgadmin dpage/pgadmin4:9.17 running healthy 0 "$PGADMIN_PORT" 80 ;; esac ;;
  logs)
    echo 'database-1  | FATAL:  data directory has wrong ownership'
    case "$*" in *--follow*) sleep 600 & wait $! ;; esac ;;
  exec) cat > "$STAND_IN/input" ;;
  down)
    said '{"id":"Container tapedeck-kafka-1","status":"Removed"}' 'Container tapedeck-kafka-1  Removed'
    rm -f "$STAND_IN/up" "$STAND_IN/looked" ;;
  *) fail "unknown docker command: \\\"compose $action\\\"" ;;
esac
