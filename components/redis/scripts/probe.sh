# probe started | ready | alive
case ${1:?} in
alive)
    # Any answer will do: a node that loads its data or has lost the others must not be killed for it.
    [ -n "$(ask_self PING)" ]
    ;;
started)
    [ "$(ask_self PING)" = PONG ]
    ;;
ready)
    [ "$(ask_self PING)" = PONG ] || exit 1
    information=$(ask_self CLUSTER INFO) || exit 1
    if [ "$(printf '%s\n' "$information" | field cluster_slots_assigned)" = 0 ]; then
        # Before the cluster is formed each node is ready, else none would be started to form it with.
        [ ! -e "$RUN/formed" ]
        exit
    fi
    [ "$(printf '%s\n' "$information" | field cluster_state)" = ok ] || exit 1
    replication=$(ask_self INFO replication) || exit 1
    case $(printf '%s\n' "$replication" | field role) in
    master)
        # Without slots it belongs to no shard yet; a rollout that went on would leave a shard without a replica.
        ask_self CLUSTER NODES | grep myself | awk '{ exit NF < 9 }'
        ;;
    *)
        [ "$(printf '%s\n' "$replication" | field master_link_status)" = up ]
        ;;
    esac
    ;;
*)
    echo "probe: started, ready or alive" >&2
    exit 2
    ;;
esac
