"""What is written about the network: the example runs, and every sum follows from the prices beside it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from q2o_infra.plan.recorder import record

ROOT = Path(__file__).parents[2]
NAT_PAGE = ROOT / "docs" / "reference" / "nat.md"
README = ROOT / "components" / "network" / "README.md"

NAT_PER_MONTH, ADDRESS_PER_MONTH, ENDPOINTS_PER_MONTH = 32.85, 3.65, 14.60
NAT_PER_GB, ENDPOINT_PER_GB, CROSSING_PER_GB = 0.045, 0.01, 0.02
ZONES = 3
MINUTES_IN_30_DAYS = 30 * 24 * 60


@pytest.mark.parametrize("page", [NAT_PAGE, README], ids=["nat page", "readme"])
def test_both_pages_give_the_same_monthly_sums(page: Path) -> None:
    text = page.read_text()
    gateway = NAT_PER_MONTH + ADDRESS_PER_MONTH
    for zones in (1, ZONES):
        assert f"{zones * gateway:.2f}" in text
        assert f"{zones * ENDPOINTS_PER_MONTH:.2f}" in text
        assert f"{zones * (gateway + ENDPOINTS_PER_MONTH):.2f}" in text


def test_the_break_even_points_follow_from_the_prices() -> None:
    text = NAT_PAGE.read_text()
    more_gateways = (ZONES - 1) * (NAT_PER_MONTH + ADDRESS_PER_MONTH)
    more = more_gateways + (ZONES - 1) * ENDPOINTS_PER_MONTH
    crossing = CROSSING_PER_GB * (ZONES - 1) / ZONES
    assert f"{more_gateways:.2f} / {crossing:.4f} = {more_gateways / crossing:,.0f} GB" in text
    assert f"{more:.2f} / {crossing:.4f} = {more / crossing:,.0f} GB" in text
    saved = NAT_PER_GB - ENDPOINT_PER_GB
    assert f"{ENDPOINTS_PER_MONTH:.2f} / {saved:.3f} = {ENDPOINTS_PER_MONTH / saved:.0f} GB" in text


@pytest.mark.parametrize("percent", [99.9, 99.99])
def test_the_minutes_that_may_be_lost_follow_from_the_promise(percent: float) -> None:
    assert f"| {percent} % | {MINUTES_IN_30_DAYS * (100 - percent) / 100:.1f} |" in NAT_PAGE.read_text()


def test_the_example_in_the_readme_builds_a_network(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    example = tmp_path / "example.py"
    example.write_text(code)

    def program() -> None:
        runpy.run_path(str(example))

    recording = record(program)
    assert len(recording.of_type("q2o:network:AwsNetwork")) == 1
    assert len(recording.of_type("aws:ec2/subnet:Subnet")) == 6
