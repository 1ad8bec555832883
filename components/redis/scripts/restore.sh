# restore [RDB]: puts a node's volume into the state of a backup, or empties it where no backup is named.
#
# Only while the server is stopped. A node that starts with keys takes their slots; the others join it empty.
file=${1:-}
if [ -n "$file" ] && [ "$(head -c 5 "$file")" != REDIS ] && [ "$(head -c 6 "$file")" != VALKEY ]; then
    echo "restore: $file is no RDB file; nothing was changed" >&2
    exit 1
fi
if [ "$(ask_self PING)" = PONG ]; then
    echo "restore: the server of $NAME still runs; stop it first; nothing was changed" >&2
    exit 1
fi
rm -rf "$DATA/appendonlydir" "$DATA/nodes.conf" "$DATA/dump.rdb"
[ -n "$file" ] || exit 0
# An append-only file may begin with a snapshot; one that is nothing else is the backup.
mkdir -p "$DATA/appendonlydir"
cp "$file" "$DATA/appendonlydir/appendonly.aof.1.base.rdb"
echo "file appendonly.aof.1.base.rdb seq 1 type b" >"$DATA/appendonlydir/appendonly.aof.manifest"
say "will start with what $file holds"
