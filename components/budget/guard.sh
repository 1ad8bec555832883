#!/bin/sh
# Holds the most nodes of the elastic pools to what the budget allows. Run it as often as you like: it compares the
# state of the bill with the state of the pools, so a lost alert or a lost run changes nothing in the end.
#
# Spent, or forecast to be far over: the reduced number, until the month ends. Otherwise the usual one.
# Anything that cannot be read or understood changes nothing, and the run fails.
#
# The file of the cloud stands before this one in the same text. It defines:
#   open_bill            ask the cloud
#   amounts_of MONTH     print limit:spent:forecast for each answer, in cents, the forecast in hundredths of a cent
#   forecast_words ROW   say the forecast of such a row
#   bill_names_its_month whether an answer says which month it is of
#   settle_bill          tell the cloud that its answers were followed
#   open_pools           ask for the bounds, and for the month in which they were reduced
#   reduced_in           print that month
#   pools_now            say the bounds
#   bound_pools MARK     bound the pools, reduced where MARK is a month, remember MARK, and say the new bounds
set -euf

changed=0

fail() {
    more=
    [ "$changed" -eq 0 ] || more="more "
    echo "budget guard: $1; nothing ${more}was changed" >&2
    exit 1
}

# One line without blanks: services answer in many.
flat() {
    tr -d ' \n\r\t'
}

# The value of the first `"key":` in a flat document, without its quotes; nothing where there is none.
value() {
    printf '%s' "$2" | grep -o "\"$1\":\"\{0,1\}[^\",}]*" | head -n 1 | sed 's/^[^:]*:"\{0,1\}//'
}

# Cents of an amount such as 812.4, 0.5 or 1.0E-4; the last is nothing.
cents() {
    case $1 in
    *[eE]-*) echo 0 && return ;;
    '' | .* | *[!0-9.]* | *.*.*) fail "'$1' is no amount of money" ;;
    esac
    whole=${1%%.*}
    part=
    [ "$whole" = "$1" ] || part=${1#*.}
    digits=$(printf '%s%.2s' "$whole" "${part}00" | sed 's/^0*//')
    echo "${digits:-0}"
}

# The row of an answer of three words: limit, spent, forecast. There is no forecast before a few weeks of history.
row_of() {
    answer=$1
    # shellcheck disable=SC2086  # three words
    set -- $answer
    [ $# -eq 3 ] || fail "the budget answers '$answer', and not with three amounts"
    limit=$(cents "$1") || exit 1
    spent=$(cents "$2") || exit 1
    forecast=$3
    [ "$forecast" != None ] || forecast=0
    forecast=$(cents "$forecast") || exit 1
    echo "$limit:$spent:$((forecast * 100))"
}

# In a pipeline the failure of the first program would be lost.
ask() {
    said=$(curl --silent --show-error --fail --max-time 20 "$@") || return 1
    printf '%s' "$said" | flat
}

ask_kubernetes() {
    ask --cacert "$CREDENTIALS/ca.crt" --header "Authorization: Bearer $(cat "$CREDENTIALS/token")" "$@"
}

change_kubernetes() {
    ask_kubernetes --request PATCH --header 'Content-Type: application/merge-patch+json' --data "$1" \
        "$2?fieldManager=q2o-budget-guard" >/dev/null
}

today=$(date -u +%Y-%m-%d)
month=${today%-*}

open_bill
rows=$(amounts_of "$month") || exit 1
over=no
told="no message"
for row in $rows; do
    limit=${row%%:*}
    forecast=${row##*:}
    spent=${row#*:}
    spent=${spent%:*}
    [ "$limit" -gt 0 ] || fail "the budget's amount is 0"
    [ "$over" = no ] || continue
    told="$((spent / 100)) of $((limit / 100)) USD spent, $(forecast_words "$row")"
    if [ $((spent * 100)) -ge $((limit * REDUCE_AT_PERCENT)) ] ||
        [ "$forecast" -ge $((limit * REDUCE_AT_FORECAST_PERCENT)) ]; then
        over=yes
    fi
done

open_pools
# An answer of the first day of a month may still be the last month's.
if [ "${today##*-}" = 01 ] && ! bill_names_its_month; then
    echo "budget guard: $today: the first day of a month decides nothing; $(pools_now)"
    exit 0
fi
mark=
if [ "$over" = yes ] || [ "$(reduced_in)" = "$month" ]; then mark=$month; fi
words=$(bound_pools "$mark") || exit 1
changed=1
settle_bill
echo "budget guard: $told: $words"
