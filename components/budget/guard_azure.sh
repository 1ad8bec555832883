# Shows Entra the token that the cluster signed for this pod, and asks Azure for the budget with what it gives for that.
# Nothing secret is among the arguments of a program, where others could read it.
login="${AZURE_AUTHORITY_HOST:-https://login.microsoftonline.com/}$AZURE_TENANT_ID/oauth2/v2.0/token"
manage="${AZURE_MANAGEMENT:-https://management.azure.com}"
budget="$manage/subscriptions/$ACCOUNT_ID/providers/Microsoft.Consumption/budgets/$BUDGET_NAME?api-version=2024-08-01"

# What stands under one name of a group, in a document without blanks; None where there is nothing.
value_of() {
    found=$(printf '%s' "$document" | sed -n 's/.*"'"$1"'":{[^}]*"'"$2"'":"\{0,1\}\([^,}"]*\).*/\1/p')
    echo "${found:-None}"
}

token=$(curl --silent --show-error --fail --max-time 20 --data grant_type=client_credentials \
    --data "client_id=$AZURE_CLIENT_ID" --data-urlencode "scope=https://management.azure.com/.default" \
    --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
    --data-urlencode "client_assertion@$AZURE_FEDERATED_TOKEN_FILE" "$login" |
    tr -d ' \n\r' | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
[ -n "$token" ] || fail "Entra gives no token"
document=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl --silent --show-error --fail --max-time 20 --config - "$budget" | tr -d ' \n\r')
[ -n "$document" ] || fail "the budget cannot be read"
# Azure counts in the currency that is paid in.
currency=$(value_of currentSpend unit)
[ "$currency" = USD ] || fail "the budget is counted in $currency, and not in USD"
limit=$(printf '%s' "$document" | sed -e 's/"currentSpend":{[^}]*}//' -e 's/"forecastSpend":{[^}]*}//' |
    sed -n 's/.*"amount":\([^,}]*\).*/\1/p')
answer="$limit $(value_of currentSpend amount) $(value_of forecastSpend amount)"
