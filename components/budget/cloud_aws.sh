# shellcheck shell=sh
# Asks AWS Budgets.

open_bill() {
    described=$(aws budgets describe-budget --region us-east-1 --account-id "$ACCOUNT_ID" \
        --budget-name "$BUDGET_NAME" --query '[Budget.BudgetLimit.Amount, Budget.CalculatedSpend.ActualSpend.Amount,
            Budget.CalculatedSpend.ForecastedSpend.Amount]' --output text) || fail "the budget cannot be read"
}

amounts_of() {
    row_of "$described"
}
