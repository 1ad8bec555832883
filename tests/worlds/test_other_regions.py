"""The stacks that join later come up in the sandbox as their files are, and say which services are not built yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import operations
from sandbox.screen import Screen
from sandbox.session import PORT_VARIABLE
from tests.support.free_ports import free_base

pytestmark = [pytest.mark.sandbox, pytest.mark.worlds]


@pytest.mark.parametrize("stack", ["eu-west", "apac"])
def test_a_stack_of_a_later_phase_comes_up_without_an_option_and_names_what_it_misses(
    stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PORT_VARIABLE, str(free_base()))
    try:
        summary = operations.up(stack, screen=Screen(), root=tmp_path)
    finally:
        operations.down(stack, screen=Screen(), root=tmp_path)

    assert summary["pods_ready"] == summary["pods_wanted"] > 100
    assert {"Kafka", "Elasticsearch", "global load balancing"} <= set(summary["missing"])
