# shellcheck shell=sh
# Takes the messages that the budget published, and bounds node pools through GKE's API. The month is remembered in a
# ConfigMap. A message is taken off the subscription once it was followed, so a run that was cut off is repeated.

METADATA=http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token
GKE=https://container.googleapis.com/v1
PUBSUB=https://pubsub.googleapis.com/v1
OPERATION_CHECKS=${OPERATION_CHECKS:-15}
OPERATION_PAUSE_SECONDS=${OPERATION_PAUSE_SECONDS:-2}

ask_google() {
    ask --header "Authorization: Bearer $token" --header 'Content-Type: application/json' "$@"
}

open_bill() {
    given=$(ask --header 'Metadata-Flavor: Google' "$METADATA") || fail "there are no credentials"
    token=$(value access_token "$given")
    [ -n "$token" ] || fail "there is no token among the credentials"
    # Otherwise Pub/Sub holds the request open until a message comes, for longer than we wait; most runs find none.
    pulled=$(ask_google --request POST --data '{"maxMessages":100,"returnImmediately":true}' \
        "$PUBSUB/$SUBSCRIPTION:pull") || fail "the messages cannot be read"
}

amounts_of() {
    # A new line before each brace: then each line holds one key of a kind at most.
    for line in $(printf '%s' "$pulled" | tr '{' '\n'); do
        data=$(value data "$line")
        [ -n "$data" ] || continue
        message=$(printf '%s' "$data" | base64 -d 2>/dev/null) || fail "a message cannot be decoded"
        message=$(printf '%s' "$message" | flat)
        # A message of the first days of a month may still be of the last one.
        case $(value costIntervalStart "$message") in
        "$1"-*) ;;
        ????-??-*) continue ;;
        *) fail "a message names no month" ;;
        esac
        spent=$(cents "$(value costAmount "$message")") || exit 1
        limit=$(cents "$(value budgetAmount "$message")") || exit 1
        # Google tells only which threshold the forecast is past: a share of the limit.
        forecast=$(value forecastThresholdExceeded "$message")
        share=$(cents "${forecast:-0}") || exit 1
        echo "$limit:$spent:$((limit * share))"
    done
}

forecast_words() {
    echo "forecast past $((${1##*:} / ${1%%:*})) %"
}

bill_names_its_month() {
    true
}

settle_bill() {
    acks=$(printf '%s' "$pulled" | grep -o '"ackId":"[^"]*"' | sed 's/^"ackId"://' | tr '\n' ',')
    [ -n "$acks" ] || return 0
    ask_google --request POST --data "{\"ackIds\":[${acks%,}]}" "$PUBSUB/$SUBSCRIPTION:acknowledge" >/dev/null ||
        fail "the messages cannot be taken off"
}

open_pools() {
    kept="$KUBERNETES_API/api/v1/namespaces/$STATE"
    remembered=$(ask_kubernetes "$kept") || fail "what was decided before cannot be read"
}

reduced_in() {
    value reduced-in "$remembered"
}

pools_now() {
    echo "the pools keep their bounds"
}

# A cluster takes one operation at a time.
wait_for() {
    checks=0
    while [ "$checks" -lt "$OPERATION_CHECKS" ]; do
        answer=$(ask_google "$GKE/${CLUSTER%/clusters/*}/operations/$1") || fail "operation $1 cannot be read"
        [ "$(value status "$answer")" != DONE ] || return 0
        checks=$((checks + 1))
        sleep "$OPERATION_PAUSE_SECONDS"
    done
    fail "operation $1 is not done yet"
}

bound_pools() {
    total=0
    for row in $NODE_POOLS; do
        pool=${row%%:*}
        nodes=${row##*:}
        usual=${row#*:}
        [ -n "$1" ] || nodes=${usual%:*}
        total=$((total + nodes))
        present=$(ask_google "$GKE/$CLUSTER/nodePools/$pool") || fail "the pool $pool cannot be read"
        [ "$(value totalMaxNodeCount "$present")" != "$nodes" ] || continue
        bounds="\"enabled\":true,\"locationPolicy\":\"ANY\",\"totalMaxNodeCount\":$nodes,\"totalMinNodeCount\":0"
        answer=$(ask_google --request POST --data "{\"autoscaling\":{$bounds}}" \
            "$GKE/$CLUSTER/nodePools/$pool:setAutoscaling") || fail "the pool $pool cannot be bounded"
        changed=$((changed + 1))
        wait_for "$(value name "$answer")"
    done
    if [ "$1" != "$(reduced_in)" ]; then
        change_kubernetes "{\"data\":{\"reduced-in\":\"$1\"}}" "$kept" || fail "what was decided cannot be kept"
    fi
    echo "the pools may have $total nodes, $changed of them changed"
}
