"""The rollout drill in its short form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drills.conditions import figures_of

pytestmark = [pytest.mark.sandbox, pytest.mark.worlds]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return figures_of("rollout", "--short")


def test_a_rollout_of_the_api_fails_no_request(found: dict[str, Any]) -> None:
    assert found["pods"] >= 5
    assert found["requests"] > 1000
    assert found["lost"] == 0


def test_without_the_pre_stop_hook_requests_fail(found: dict[str, Any]) -> None:
    assert found["control_lost"] > 0, "a load that never sees a failure proves nothing"
