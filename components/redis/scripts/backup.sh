# Reads each shard as a replica would, one after the other, into files that the uploader sends away.
#
# The designated replica is asked first: the snapshot forks whoever is asked.
PASSWORD=$(cat "$SECRETS/replication")

read_shard() {
    REDISCLI_AUTH=$PASSWORD VALKEYCLI_AUTH=$PASSWORD "$CLI" -h "$(of "$1" 2)" -p "$(of "$1" 3)" \
        --tls --cacert "$TLS/ca.crt" --user replication --no-auth-warning --rdb "$2.part" >&2 || return 1
    [ "$(head -c 5 "$2.part")" = REDIS ] || [ "$(head -c 6 "$2.part")" = VALKEY ]
}

for shard in $(awk '{ print $4 }' "$NODES" | sort -u); do
    file=$DATA/shard-$shard.rdb
    for node in $(awk -v shard="$shard" '$4 == shard { print $5, $1 }' "$NODES" | sort -r | awk '{ print $2 }'); do
        read_shard "$node" "$file" && mv "$file.part" "$file" && break
        say "could not read shard $shard from $node"
    done
    [ -e "$file" ] || exit 1
    say "read shard $shard"
done
