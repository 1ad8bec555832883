"""The numbers and the rights of the guard on Google Cloud; the job itself is that of `guard.py`.

Google publishes what a budget has spent in messages only, a few times a day. So the guard takes the messages that came,
and keeps its decision for the month in an object of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from components.budget.contract import BudgetArgs
from components.namespaces.contract import BUDGET_NAMESPACE

STATE = "budget-guard-state"
"""The object that holds the month in which the guard reduced the pools."""


@dataclass(frozen=True, kw_only=True)
class PoolBound:
    """The most nodes of one node pool."""

    name: str
    reduced: int
    usual: int


def numbers(
    args: BudgetArgs, *, cluster: str, pools: Sequence[PoolBound], subscription: Input[str]
) -> dict[str, Input[str]]:
    """Return what the guard decides by."""
    return {
        "CLUSTER": cluster,
        "NODE_POOLS": " ".join(f"{pool.name}:{pool.usual}:{pool.reduced}" for pool in pools),
        "REDUCE_AT_FORECAST_PERCENT": str(args.reduce_at_forecast_percent),
        "REDUCE_AT_PERCENT": str(args.reduce_at_percent),
        "STATE": f"{BUDGET_NAMESPACE}/configmaps/{STATE}",
        "SUBSCRIPTION": subscription,
    }


def rights() -> list[PolicyRuleArgs]:
    """Return all that the guard may do in the cluster: read and change what it remembers."""
    return [PolicyRuleArgs(api_groups=[""], resource_names=[STATE], resources=["configmaps"], verbs=["get", "patch"])]
