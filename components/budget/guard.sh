#!/bin/sh
# Holds the most nodes of the elastic pool to what the budget allows. Run it as often as you like: it looks at what is
# spent now and not at what changed, so a lost alert or a lost run changes nothing in the end.
#
# Spent, or forecast to be far over: the reduced number, until the month ends. Otherwise the usual one.
# Whatever cannot be read or understood changes nothing, and the run fails.
set -eu

fail() {
    echo "budget guard: $1; nothing was changed" >&2
    exit 1
}

# Whole dollars of an amount such as 812.40.
whole() {
    case $1 in
    '' | .* | *[!0-9.]* | *.*.*) fail "'$1' is no amount of money" ;;
    esac
    dollars=${1%%.*}
    while [ "${dollars#0}" != "$dollars" ] && [ "$dollars" != 0 ]; do dollars=${dollars#0}; done
    echo "$dollars"
}

ask_kubernetes() {
    curl --silent --show-error --fail --max-time 20 --cacert "$CREDENTIALS/ca.crt" \
        --header "Authorization: Bearer $(cat "$CREDENTIALS/token")" "$@"
}

pool="$KUBERNETES_API/apis/karpenter.sh/v1/nodepools/$NODE_POOL"
today=$(date -u +%Y-%m-%d)
month=${today%-*}

# The budget is asked.
answer=$(aws budgets describe-budget --region us-east-1 --account-id "$ACCOUNT_ID" --budget-name "$BUDGET_NAME" \
    --query '[Budget.BudgetLimit.Amount, Budget.CalculatedSpend.ActualSpend.Amount,
              Budget.CalculatedSpend.ForecastedSpend.Amount]' --output text) || fail "the budget cannot be read"
# The budget has answered.
# shellcheck disable=SC2086  # three words
set -- $answer
[ $# -eq 3 ] || fail "the budget answers '$answer', and not with three amounts"
limit=$(whole "$1")
spent=$(whole "$2")
# There is no forecast before a few weeks of history.
if [ "$3" = None ]; then forecast=0; else forecast=$(whole "$3"); fi
[ "$limit" -gt 0 ] || fail "the budget's amount is 0"

# Without pretty=false the API answers curl in many lines.
standing=$(ask_kubernetes "$pool?pretty=false") || fail "the pool $NODE_POOL cannot be read"
now=$(printf '%s' "$standing" | sed -n 's/.*"limits":{"nodes":"\([0-9]*\)"}.*/\1/p')
reduced_in=$(printf '%s' "$standing" | sed -n 's/.*"q2o.dev\/reduced-in":"\([0-9-]*\)".*/\1/p')

# What is told on the first day of a month may still be the last month's.
if [ "${today##*-}" = 01 ]; then
    echo "budget guard: $today: the first day of a month decides nothing; the pool may have ${now:-any number of} nodes"
    exit 0
fi

nodes=$NODES_USUAL
mark=null
if [ $((spent * 100)) -ge $((limit * REDUCE_AT_PERCENT)) ] ||
    [ $((forecast * 100)) -ge $((limit * REDUCE_AT_FORECAST_PERCENT)) ] ||
    [ "$reduced_in" = "$month" ]; then
    nodes=$NODES_REDUCED
    mark="\"$month\""
fi

told="$spent of $limit USD spent, $forecast forecast"
if [ "$now" = "$nodes" ] && { [ "$mark" = "\"$reduced_in\"" ] || [ "$mark$reduced_in" = null ]; }; then
    echo "budget guard: $told: the pool may have $nodes nodes, as before"
    exit 0
fi
ask_kubernetes --output /dev/null --request PATCH --header 'Content-Type: application/merge-patch+json' \
    --data "{\"metadata\":{\"annotations\":{\"q2o.dev/reduced-in\":$mark}},\"spec\":{\"limits\":{\"nodes\":\"$nodes\"}}}" \
    "$pool?fieldManager=q2o-budget-guard" || fail "the pool $NODE_POOL cannot be patched"
echo "budget guard: $told: the pool may have $nodes nodes, and no longer ${now:-any number}"
