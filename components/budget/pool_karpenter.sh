# shellcheck shell=sh
# Bounds the one elastic pool where Karpenter buys the nodes: its limit, and the month in an annotation on it.

open_pools() {
    pool="$KUBERNETES_API/apis/karpenter.sh/v1/nodepools/$NODE_POOL"
    present=$(ask_kubernetes "$pool") || fail "the pool $NODE_POOL cannot be read"
    nodes_now=$(printf '%s' "$present" | sed -n 's/.*"limits":{"nodes":"\([0-9]*\)"}.*/\1/p')
}

reduced_in() {
    value q2o.dev/reduced-in "$present"
}

pools_now() {
    echo "the pool may have ${nodes_now:-any number of} nodes"
}

bound_pools() {
    nodes=$NODES_USUAL
    annotation=null
    if [ -n "$1" ]; then
        nodes=$NODES_REDUCED
        annotation="\"$1\""
    fi
    if [ "$nodes_now" = "$nodes" ] && [ "$(reduced_in)" = "$1" ]; then
        echo "the pool may have $nodes nodes, as before"
        return
    fi
    change_kubernetes \
        "{\"metadata\":{\"annotations\":{\"q2o.dev/reduced-in\":$annotation}},\"spec\":{\"limits\":{\"nodes\":\"$nodes\"}}}" \
        "$pool" || fail "the pool $NODE_POOL cannot be patched"
    echo "the pool may have $nodes nodes, and no longer ${nodes_now:-any number}"
}

# The amounts of a budget here are those of now, whenever one asks, and of no named month.
bill_names_its_month() {
    false
}

settle_bill() {
    :
}

forecast_words() {
    echo "$((${1##*:} / 10000)) forecast"
}
