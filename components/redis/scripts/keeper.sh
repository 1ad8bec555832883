# Keeps one node in its place: it meets the others where they are now, forms the cluster once, attaches what is empty to
# its shard, takes a shard back that is its own, and has renewed certificates read.
#
# Each node is kept by its own keeper and by nobody else; no keeper has to be elected.
trap 'exit 0' TERM INT

PAUSE_SECONDS=2
# A node that has just come back may fall again; a shard that goes to and fro is worse off than one that waits.
SETTLE_SECONDS=10

lines() { grep -c . "$NODES"; }
peers() { awk -v name="$NAME" '$1 != name { print $1 }' "$NODES"; }

# What CLUSTER NODES prints: id, address:port@bus,host, flags, primary, three counters, link, slots. A slot in brackets
# is on its way and has no owner here.
slot_owners() {
    awk '{
        for (i = 9; i <= NF; i++) {
            if ($i ~ /^\[/) continue
            n = split($i, range, "-")
            print range[1], (n > 1 ? range[2] : range[1]), $1
        }
    }'
}

owner() { slot_owners | awk -v slot="$1" '$1 + 0 <= slot + 0 && slot + 0 <= $2 + 0 { print $3; exit }'; }

# known VIEW HOST ADDRESS: whether the view holds a living node of that name at that address.
known() {
    printf '%s\n' "$1" | awk -v host="$2" -v address="$3" '
        $3 !~ /(^|,)(fail|noaddr|handshake)(,|$)/ {
            split($2, part, ",")
            split(part[1], place, ":")
            if (part[2] == host && place[1] == address) { found = 1; exit }
        }
        END { exit !found }'
}

meet() {
    for peer in $(peers); do
        address=$(resolve "$(of "$peer" 2)")
        [ -n "$address" ] || continue
        known "$view" "$(of "$peer" 2)" "$address" && continue
        # Meeting a node that is known under another address is how its new one is learnt.
        ask_self CLUSTER MEET "$address" "$(of "$peer" 3)" >/dev/null && say "met $peer at $address"
    done
}

# A node whose volume was lost came back with a new id; its old one would stand among the failed for ever.
forget() {
    printf '%s\n' "$view" | awk '
        { split($2, part, ","); host[$1] = part[2]; lost[$1] = $3 ~ /(^|,)fail(,|$)/; slots[$1] = NF > 8
          if (!lost[$1]) alive[part[2]] = 1 }
        END { for (id in lost) if (lost[id] && !slots[id] && host[id] != "" && alive[host[id]]) print id }' |
        while read -r id; do
            ask_self CLUSTER FORGET "$id" >/dev/null && say "forgot $id, whose name another node has now"
        done
}

# Every node's view, one after the other; fails where one does not answer or does not know all the others yet.
views() {
    for node in $(awk '{ print $1 }' "$NODES"); do
        address=$(resolve "$(of "$node" 2)")
        [ -n "$address" ] || return 1
        theirs=$(ask "$address" "$(of "$node" 3)" CLUSTER NODES) || return 1
        [ "$(printf '%s\n' "$theirs" | grep -c ' connected')" -ge "$(lines)" ] || return 1
        printf '%s\n' "$theirs"
    done
}

# Slots of this shard that nobody has, as ranges. A restored node has those of its keys already.
unowned() {
    slot_owners | awk -v first="$FIRST_SLOT" -v last="$LAST_SLOT" '
        { for (slot = $1; slot <= $2; slot++) taken[slot] = 1 }
        END {
            for (slot = first; slot <= last; slot++) {
                if (slot in taken) continue
                begin = slot
                while (slot < last && !((slot + 1) in taken)) slot++
                print begin, slot
            }
        }'
}

# Only where all six agree that a slot has no owner: a slot of a lost shard has one, who is lost.
form() {
    [ "$ROLE" = primary ] || return 0
    all=$(views) || return 0
    foreign=$(printf '%s\n' "$all" | slot_owners | awk -v me="$me" -v first="$FIRST_SLOT" -v last="$LAST_SLOT" '
        $3 != me && $1 + 0 <= last + 0 && $2 + 0 >= first + 0 { print; exit }')
    [ -z "$foreign" ] || return 0
    ranges=$(printf '%s\n' "$all" | unowned)
    [ -n "$ranges" ] || return 0
    # shellcheck disable=SC2086 # one argument for each number
    ask_self CLUSTER ADDSLOTSRANGE $ranges >/dev/null && say "took the slots of shard $SHARD"
}

attach() {
    target=$(printf '%s\n' "$view" | owner "$FIRST_SLOT")
    [ -n "$target" ] && [ "$target" != "$me" ] || return 0
    ask_self CLUSTER REPLICATE "$target" >/dev/null && say "replicates shard $SHARD from $target"
}

# A replica may learn its primary's new address by hearsay, and then goes on calling at the old one (seen with Redis 7.0).
follow() {
    replication=$(ask_self INFO replication) || return 0
    [ "$(printf '%s\n' "$replication" | field master_link_status)" = down ] || return 0
    calls=$(printf '%s\n' "$replication" | field master_host)
    target=$(printf '%s\n' "$mine" | awk '{ print $4 }')
    lives=$(printf '%s\n' "$view" | awk -v id="$target" '$1 == id && $3 !~ /fail/ { split($2, place, ":"); print place[1] }')
    [ -n "$lives" ] && [ "$lives" != "$calls" ] || return 0
    ask_self CLUSTER REPLICATE "$target" >/dev/null && say "follows its primary from $calls to $lives"
}

# Whether this replica has what its primary has; the failover itself waits for the last byte.
in_sync() {
    replication=$(ask_self INFO replication) || return 1
    [ "$(printf '%s\n' "$replication" | field master_link_status)" = up ] || return 1
    [ "$(printf '%s\n' "$replication" | field master_sync_in_progress)" = 0 ]
}

hand_back() {
    if [ "$ROLE" != primary ] || [ -e "$RUN/stopping" ] || ! in_sync; then
        settled=0
        return 0
    fi
    settled=$((settled + PAUSE_SECONDS))
    [ "$settled" -ge "$SETTLE_SECONDS" ] || return 0
    settled=0
    ask_self CLUSTER FAILOVER >/dev/null && say "takes shard $SHARD back"
}

renew() {
    now=$(cat "$TLS/ca.crt" "$TLS/tls.crt" "$TLS/tls.key" | sha256sum)
    if [ "$now" != "$certificates" ]; then
        ask_self CONFIG SET tls-ca-cert-file "$TLS/ca.crt" tls-cert-file "$TLS/tls.crt" tls-key-file "$TLS/tls.key" \
            >/dev/null && certificates=$now && say "had renewed certificates read"
    fi
}

settled=0
certificates=$(cat "$TLS/ca.crt" "$TLS/tls.crt" "$TLS/tls.key" | sha256sum)
while :; do
    if view=$(ask_self CLUSTER NODES) && [ -n "$view" ]; then
        mine=$(printf '%s\n' "$view" | grep 'myself')
        me=${mine%% *}
        renew
        meet
        forget
        [ -z "$(printf '%s\n' "$view" | slot_owners)" ] || : >"$RUN/formed"
        case $mine in
        *myself,slave*)
            follow
            hand_back
            ;;
        *)
            settled=0
            attach
            form
            ;;
        esac
    fi
    sleep "$PAUSE_SECONDS"
done
