"""The tables of order of every cloud as one: what holds everywhere, and what one cloud alone has.

An edge that only one cloud has stands in that cloud's table; a plan has those of its cloud and no others.
"""

from __future__ import annotations

from q2o_infra.order import aws, azure, everywhere, gcp
from q2o_infra.order.rows import Operator, Outside, Row

DEPENDS_ON: tuple[Row, ...] = (*everywhere.DEPENDS_ON, *aws.DEPENDS_ON, *azure.DEPENDS_ON, *gcp.DEPENDS_ON)
DELETED_WITH: tuple[Row, ...] = (*everywhere.DELETED_WITH, *aws.DELETED_WITH, *azure.DELETED_WITH, *gcp.DELETED_WITH)
OPERATORS: tuple[Operator, ...] = (*everywhere.OPERATORS, *aws.OPERATORS, *azure.OPERATORS, *gcp.OPERATORS)
OUTSIDE: tuple[Outside, ...] = (*aws.OUTSIDE, *azure.OUTSIDE, *gcp.OUTSIDE)
