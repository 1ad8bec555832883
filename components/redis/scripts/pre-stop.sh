# Gives the shard away before the server is stopped, and waits until it is gone.
#
# The replica's manual failover holds writes back until it has the last byte, so that none is lost. Whoever finds no
# replica in time stops all the same: the volume keeps the data, and the shard waits for its node.
HAND_OVER_SECONDS=${Q2O_REDIS_HAND_OVER_SECONDS:?}

# The keeper would take the shard back.
: >"$RUN/stopping"

is_primary() { [ "$(ask_self INFO replication | field role)" = master ] && ask_self CLUSTER NODES | grep myself | awk '{ exit NF < 9 }'; }

# The replica that is furthest, as `address port`.
most_advanced() {
    ask_self INFO replication | tr -d '\r' | awk -F'[:,=]' '
        /^slave[0-9]+:/ && /state=online/ {
            for (i = 2; i < NF; i++) value[$i] = $(i + 1)
            if (value["offset"] + 0 >= best) { best = value["offset"] + 0; place = value["ip"] " " value["port"] }
        }
        END { print place }'
}

deadline=$(($(date +%s) + HAND_OVER_SECONDS))
asked=0
while is_primary; do
    now=$(date +%s)
    if [ "$now" -ge "$deadline" ]; then
        say "stops as primary of its shard: no replica took over in $HAND_OVER_SECONDS s"
        exit 0
    fi
    # A manual failover ends after 5 s by itself; asking again earlier would start it anew.
    if [ "$((now - asked))" -ge 6 ]; then
        replica=$(most_advanced)
        if [ -n "$replica" ]; then
            # shellcheck disable=SC2086 # an address and a port
            ask $replica CLUSTER FAILOVER >/dev/null && asked=$now && say "asked $replica to take over"
        fi
    fi
    sleep 0.2
done
say "no primary, so nothing is lost when it stops"
