#!/bin/sh
# Holds the most nodes of the elastic node pools to what the budget allows. Run it as often as you like: it takes the
# messages that came, decides once for the month, and puts every pool's bound to where it belongs.
#
# Spent, or forecast to be far over: the reduced numbers, until the month ends. Otherwise the usual ones.
# Whatever cannot be read or understood changes nothing, and the run fails. A message is taken off the subscription when
# what it asks for is done, so a run that was cut off is repeated by the next one.
set -euf

METADATA=http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token
GKE=https://container.googleapis.com/v1
PUBSUB=https://pubsub.googleapis.com/v1
OPERATION_CHECKS=${OPERATION_CHECKS:-15}
OPERATION_PAUSE_SECONDS=${OPERATION_PAUSE_SECONDS:-2}

fail() {
    echo "budget guard: $1; nothing more was changed" >&2
    exit 1
}

# One line without blanks: Google and Kubernetes answer in many.
flat() {
    tr -d ' \n\r\t'
}

# The value of the first `"key":` in a flat document, without its quotes; nothing where there is none.
value() {
    printf '%s' "$2" | grep -o "\"$1\":\"\{0,1\}[^\",}]*" | head -n 1 | sed 's/^[^:]*:"\{0,1\}//'
}

# Hundredths of an amount such as 812.4, 0.5 or 1.0E-4; the last is nothing.
hundredths() {
    case $1 in
    *[eE]-*) echo 0 && return ;;
    '' | .* | *[!0-9.]* | *.*.*) fail "'$1' is no amount" ;;
    esac
    whole=${1%%.*}
    part=
    [ "$whole" = "$1" ] || part=${1#*.}
    part=$(printf '%s00' "$part" | cut -c1-2)
    digits=$(printf '%s%s' "$whole" "$part" | sed 's/^0*//')
    echo "${digits:-0}"
}

# In a pipeline the failure of the first would be lost.
ask() {
    said=$(curl --silent --show-error --fail --max-time 20 "$@") || return 1
    printf '%s' "$said" | flat
}

ask_kubernetes() {
    ask --cacert "$CREDENTIALS/ca.crt" --header "Authorization: Bearer $(cat "$CREDENTIALS/token")" "$@"
}

ask_google() {
    ask --header "Authorization: Bearer $token" --header 'Content-Type: application/json' "$@"
}

credentials=$(ask --header 'Metadata-Flavor: Google' "$METADATA") || fail "there are no credentials"
token=$(value access_token "$credentials")
[ -n "$token" ] || fail "there is no token among the credentials"

month=$(date -u +%Y-%m)
state="$KUBERNETES_API/api/v1/namespaces/$STATE"
remembered=$(ask_kubernetes "$state") || fail "what was decided before cannot be read"
reduced_in=$(value reduced-in "$remembered")

# Otherwise Pub/Sub holds the request open until a message comes, for longer than we wait, and most runs find none.
pulled=$(ask_google --request POST --data '{"maxMessages":100,"returnImmediately":true}' "$PUBSUB/$SUBSCRIPTION:pull") ||
    fail "the messages cannot be read"
taken=
told="no message"
over=no
# A new line before each brace: then each holds one key of a kind at most.
for line in $(printf '%s' "$pulled" | tr '{' '\n'); do
    ack=$(value ackId "$line")
    [ -z "$ack" ] || taken="$taken${taken:+,}\"$ack\""
    data=$(value data "$line")
    [ -n "$data" ] || continue
    message=$(printf '%s' "$data" | base64 -d 2>/dev/null) || fail "a message cannot be decoded"
    message=$(printf '%s' "$message" | flat)
    # What is told on the first days of a month may still be the last month's.
    case $(value costIntervalStart "$message") in
    "$month"-*) ;;
    ????-??-*) continue ;;
    *) fail "a message names no month" ;;
    esac
    spent=$(hundredths "$(value costAmount "$message")") || exit 1
    limit=$(hundredths "$(value budgetAmount "$message")") || exit 1
    forecast=$(value forecastThresholdExceeded "$message")
    share=$(hundredths "${forecast:-0}") || exit 1
    [ "$limit" -gt 0 ] || fail "the budget's amount is 0"
    told="$((spent / 100)) of $((limit / 100)) USD spent, forecast past $share %"
    if [ $((spent * 100)) -ge $((limit * REDUCE_AT_PERCENT)) ] || [ "$share" -ge "$REDUCE_AT_FORECAST_PERCENT" ]; then
        over=yes
        told_over=$told
    fi
done
[ "$over" = no ] || told=$told_over

mark=
if [ "$over" = yes ] || [ "$reduced_in" = "$month" ]; then mark=$month; fi

# One operation at a time is all that a cluster takes.
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

changed=0
total=0
for row in $NODE_POOLS; do
    pool=${row%%:*}
    nodes=${row##*:}
    usual=${row#*:}
    [ -n "$mark" ] || nodes=${usual%:*}
    total=$((total + nodes))
    standing=$(ask_google "$GKE/$CLUSTER/nodePools/$pool") || fail "the pool $pool cannot be read"
    [ "$(value totalMaxNodeCount "$standing")" != "$nodes" ] || continue
    answer=$(ask_google --request POST --data \
        "{\"autoscaling\":{\"enabled\":true,\"locationPolicy\":\"ANY\",\"totalMaxNodeCount\":$nodes,\"totalMinNodeCount\":0}}" \
        "$GKE/$CLUSTER/nodePools/$pool:setAutoscaling") || fail "the pool $pool cannot be bounded"
    wait_for "$(value name "$answer")"
    changed=$((changed + 1))
done

if [ "$mark" != "$reduced_in" ]; then
    ask_kubernetes --request PATCH --header 'Content-Type: application/merge-patch+json' \
        --data "{\"data\":{\"reduced-in\":\"$mark\"}}" "$state?fieldManager=q2o-budget-guard" >/dev/null ||
        fail "what was decided cannot be kept"
fi
if [ -n "$taken" ]; then
    ask_google --request POST --data "{\"ackIds\":[$taken]}" "$PUBSUB/$SUBSCRIPTION:acknowledge" >/dev/null ||
        fail "the messages cannot be taken off"
fi
echo "budget guard: $told: the pools may have $total nodes, $changed of them changed"
