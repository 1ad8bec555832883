"""A whole region is killed while it goes and while it comes, and the next command puts that right."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest

from q2o_infra.plan.region_plan import plan_region
from sandbox.control_plane import processes
from sandbox.engine import deployment
from sandbox.engine.engine import FOLDER, Engine
from sandbox.engine.journal import Journal
from tests.support.readme import SANDBOX
from tests.support.regions import DOWN_SCRIPT, UP_SCRIPT, Region, sandbox_settings

pytestmark = pytest.mark.sandbox


def killed(region: Region, script: str, *, once: Callable[[str], bool]) -> None:
    """Run a command in a process of its own and kill it once it has said a line."""
    process = region.command(script)
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if once(line):
            break
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL, "".join(said)
    process.stdout.close()


def assert_whole(region: Region) -> None:
    """Nothing exists twice, half-made, or unknown to the engine, and everything planned exists."""
    planned = {row.urn for row in plan_region(region.stack, sandbox_settings(region.stack)).resources if row.custom}
    with region.session() as session:
        entries = session.world.entries()
        made = Counter(entry.urn for entry in entries)
        assert [urn for urn, count in made.items() if count > 1] == [], "made twice"
        assert [entry.urn for entry in entries if not entry.complete] == [], "left half-made"
        state = Engine(session, Journal()).known()
        assert set(made) == {known.urn for known in deployment.in_clouds(state)}
        assert {deployment.identity(row).urn for row in deployment.rows(state)} == {
            urn for urn in planned if "pulumi:providers" not in urn
        }


def test_a_takedown_and_a_bring_up_that_are_killed_are_put_right_and_then_everything_goes(region: Region) -> None:
    killed(region, DOWN_SCRIPT, once=lambda line: "delete kubernetes:apps/v1:Deployment" in line)
    killed(region, UP_SCRIPT, once=lambda line: "create kubernetes:apps/v1:Deployment" in line)

    summary = region.up()

    assert summary["pods_ready"] == summary["pods_wanted"] > 90
    assert_whole(region)

    killed(region, DOWN_SCRIPT, once=lambda line: "delete kubernetes:core/v1:Namespace" in line)
    time.sleep(0.5)
    gone = region.down()

    assert gone.changes["delete"] > 0
    assert processes.find("kube-apiserver", region.root / region.stack / "control-plane") == []
    assert not (region.root / region.stack / FOLDER).exists()
    with region.session() as session:
        assert session.world.entries() == []


def test_the_readme_shows_what_a_takedown_says() -> None:
    planned = plan_region("us-east", sandbox_settings()).resources
    ours = [row for row in planned if row.custom and "pulumi:providers" not in row.type]
    deleted = sum(not row.retain_on_delete for row in ours)
    assert f"us-east is gone: {deleted} resources deleted" in SANDBOX["sandbox: down"].output[-1]
