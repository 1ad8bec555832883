# shellcheck shell=sh
# Shows Entra the token that the cluster signed for this pod, and asks Azure for the budget with what it gives for that.
# Nothing secret is among the arguments of a program, where others could read it.

# The value under one name of a group of the budget; None where there is nothing.
value_of() {
    found=$(printf '%s' "$budget" | sed -n 's/.*"'"$1"'":{[^}]*"'"$2"'":"\{0,1\}\([^,}"]*\).*/\1/p')
    echo "${found:-None}"
}

open_bill() {
    entra="${AZURE_AUTHORITY_HOST:-https://login.microsoftonline.com/}$AZURE_TENANT_ID/oauth2/v2.0/token"
    manage="${AZURE_MANAGEMENT:-https://management.azure.com}"
    given=$(ask --data grant_type=client_credentials --data "client_id=$AZURE_CLIENT_ID" \
        --data-urlencode "scope=https://management.azure.com/.default" \
        --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
        --data-urlencode "client_assertion@$AZURE_FEDERATED_TOKEN_FILE" "$entra") || fail "Entra gives no token"
    token=$(value access_token "$given")
    [ -n "$token" ] || fail "Entra gives no token"
    address="$manage/subscriptions/$ACCOUNT_ID/providers/Microsoft.Consumption/budgets/$BUDGET_NAME"
    budget=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
        ask --config - "$address?api-version=2024-08-01") || fail "the budget cannot be read"
    # Azure counts in the currency that is paid in.
    currency=$(value_of currentSpend unit)
    [ "$currency" = USD ] || fail "the budget is counted in $currency, and not in USD"
}

amounts_of() {
    amount=$(printf '%s' "$budget" | sed -e 's/"currentSpend":{[^}]*}//' -e 's/"forecastSpend":{[^}]*}//' |
        sed -n 's/.*"amount":\([^,}]*\).*/\1/p')
    row_of "$amount $(value_of currentSpend amount) $(value_of forecastSpend amount)"
}
