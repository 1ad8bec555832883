"""What the cost model knows of each cloud: its table of types, how its pools are read, what a commitment saves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from typing import cast

from components.base.vocabulary import Cloud
from q2o_infra.cost.nodes import DeclaredPools
from q2o_infra.cost.treatment import Table
from q2o_infra.plan.recorder import Recording

SAVINGS_PERCENT = Decimal(28)
"""Off on-demand machines that stand all month, for a year's commitment without prepayment: Compute Savings Plan on
AWS and savings plan for compute on Azure (general knowledge, unverified); on GCP a flexible commitment, which its
price page shows as 0.05544 instead of 0.077 for n4a-standard-2."""


@dataclass(frozen=True, kw_only=True)
class CloudModel:
    """How plans of one cloud are priced."""

    table: Table
    table_file: str
    read_pools: Callable[[Recording], DeclaredPools]


def cloud_model(cloud: Cloud) -> CloudModel:
    """Return the model of `cloud`; only its own modules are imported."""
    types = import_module(f"q2o_infra.cost.types_{cloud.value}")
    pools = import_module(f"q2o_infra.cost.pools_{cloud.value}")
    return CloudModel(
        table=cast("Table", getattr(types, cloud.name)),
        table_file=f"q2o_infra/cost/types_{cloud.value}.py",
        read_pools=pools.read_pools,
    )
