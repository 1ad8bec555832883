"""The tables of order of every cloud as one: what holds everywhere, and what one cloud alone has.

An edge that only one cloud has stands in that cloud's table; a plan has those of its cloud and no others.
"""

from __future__ import annotations

from q2o_infra import order, order_azure, order_gcp, order_outside
from q2o_infra.order_outside import Operator, Outside
from q2o_infra.order_rows import Row

DEPENDS_ON: tuple[Row, ...] = (*order.DEPENDS_ON, *order_azure.DEPENDS_ON, *order_gcp.DEPENDS_ON)
DELETED_WITH: tuple[Row, ...] = (*order.DELETED_WITH, *order_azure.DELETED_WITH, *order_gcp.DELETED_WITH)
OPERATORS: tuple[Operator, ...] = (*order_outside.OPERATORS, *order_azure.OPERATORS, *order_gcp.OPERATORS)
OUTSIDE: tuple[Outside, ...] = (*order_outside.OUTSIDE, *order_azure.OUTSIDE, *order_gcp.OUTSIDE)
