"""The runbook of a lost zone says what is to be expected of each part, in the figures that their own pages have."""

from __future__ import annotations

import re

import pytest

from components.redis.failover import failover_seconds
from q2o_infra.settings import RedisSettings
from q2o_infra.stack_files import ROOT

PAGE = (ROOT / "docs" / "runbooks" / "zone-lost.md").read_text(encoding="utf-8")


def how_soon(what: str) -> str:
    (found,) = re.findall(rf"^\| {re.escape(what)} \|.*\| ([^|]*) \|$", PAGE, flags=re.MULTILINE)
    return found


def test_redis_takes_writes_again_as_soon_as_the_arithmetic_says() -> None:
    seconds = failover_seconds(RedisSettings().node_timeout_milliseconds)
    assert how_soon("Redis") == f"{seconds:g} seconds until writes are back"


def test_the_balancer_drops_the_zones_proxies_as_soon_as_the_edge_says() -> None:
    edge = (ROOT / "components" / "edge" / "README.md").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"^\| a proxy that failed gets no more requests \| (\d+):", edge, flags=re.MULTILINE)
    assert how_soon("the edge and the gateway").startswith(f"[{seconds} seconds](")


@pytest.mark.parametrize("page", ["run-on-azure", "run-on-google-cloud"])
def test_each_other_cloud_has_its_line(page: str) -> None:
    assert f"(../how-to/{page}.md#when-a-zone-is-lost)" in PAGE
