"""Which tables of order hold where: an edge that only one cloud has is explained by that cloud's rows alone."""

from __future__ import annotations

from collections.abc import Mapping

from components.base.vocabulary import Cloud
from q2o_infra.order import aws, azure, everywhere, gcp
from q2o_infra.order.rows import Order

EVERYWHERE = everywhere.ORDER
OWN: Mapping[Cloud, Order] = {Cloud.AWS: aws.ORDER, Cloud.GCP: gcp.ORDER, Cloud.AZURE: azure.ORDER}


def order_on(cloud: Cloud) -> Order:
    """Return the tables that plans on a cloud are held against: what holds everywhere, and what is the cloud's own."""
    return EVERYWHERE + OWN[cloud]
