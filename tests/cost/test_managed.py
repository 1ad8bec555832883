"""What services of the cloud would cost instead of what runs in the cluster."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clouds.price_book import price_book
from components.base.vocabulary import Cloud
from q2o_infra.cost.managed import SERVICES, alternatives
from q2o_infra.plan.recorder import Recording
from tests.cost.estimates import CLOUDS, priced, us_east


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_cloud_has_an_alternative_to_redis(cloud: Cloud) -> None:
    (redis,) = priced("us-east", cloud).managed
    assert redis.replaces == "redis"
    assert redis.managed_usd > redis.in_cluster_usd > 0


def test_elasticache_rents_a_node_for_each_server() -> None:
    (redis,) = priced("us-east", Cloud.AWS).managed
    assert redis.managed_usd == 6 * 730 * Decimal("0.1482")


def test_in_the_cluster_redis_costs_its_share_of_memory_and_its_volumes() -> None:
    (redis,) = priced("us-east", Cloud.AWS).managed
    system = Decimal(3 * 730) * Decimal("0.1071")
    volumes = Decimal(60) * Decimal("0.08")
    assert volumes < redis.in_cluster_usd < volumes + system / 3


def test_what_is_not_in_the_plan_has_no_alternative() -> None:
    empty = Recording(resources=(), exports={})
    assert alternatives(us_east(), empty, price_book(Cloud.AWS)) == ()


def test_every_cloud_is_listed() -> None:
    assert SERVICES.keys() >= {cloud.value for cloud in Cloud}
