# What every script of a node starts with: where things are, and how a node is asked.
#
# A pod and a drill differ in these variables and in the table of nodes, and in nothing else.
set -u

NAME=${Q2O_REDIS_NAME:?}          # this node, as the table of nodes calls it
ADDRESS=${Q2O_REDIS_ADDRESS:?}    # its own address now; another one after each restart
DATA=${Q2O_REDIS_DATA:?}          # the volume
RUN=${Q2O_REDIS_RUN:?}            # scratch, shared by the containers of a pod, gone with the pod
SETTINGS=${Q2O_REDIS_SETTINGS:?}  # server.conf and the table of nodes
SECRETS=${Q2O_REDIS_SECRETS:?}    # users.acl and one file for each password
TLS=${Q2O_REDIS_TLS:?}            # ca.crt, tls.crt, tls.key
RESOLVE=${Q2O_REDIS_RESOLVE:-getent ahostsv4}

ANSWER_SECONDS=2
SERVER=$(command -v valkey-server || command -v redis-server)
CLI=$(command -v valkey-cli || command -v redis-cli)
NODES=$SETTINGS/nodes

# The table has a line for each node: name, host, port, shard, role, first slot, last slot.
of() { awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$NODES"; }

HOST=$(of "$NAME" 2)
PORT=$(of "$NAME" 3)
SHARD=$(of "$NAME" 4)
ROLE=$(of "$NAME" 5)
FIRST_SLOT=$(of "$NAME" 6)
LAST_SLOT=$(of "$NAME" 7)

say() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $NAME $*"; }

# ask ADDRESS PORT COMMAND...: as the keeper. Passwords go by environment: every process of the machine reads arguments.
ask() {
    asked_address=$1 asked_port=$2
    shift 2
    password=$(cat "$SECRETS/keeper")
    REDISCLI_AUTH=$password VALKEYCLI_AUTH=$password timeout "$ANSWER_SECONDS" "$CLI" -e \
        -h "$asked_address" -p "$asked_port" --tls --cacert "$TLS/ca.crt" --user keeper --no-auth-warning "$@" 2>&1
}

ask_self() { ask "$ADDRESS" "$PORT" "$@"; }

# field NAME: its value in what INFO and CLUSTER INFO print.
field() { awk -F: -v name="$1" '$1 == name { sub(/\r$/, "", $2); print $2; exit }'; }

resolve() { timeout "$ANSWER_SECONDS" $RESOLVE "$1" 2>/dev/null | awk 'NR == 1 { print $1 }'; }
