"""What the drill runs is what the program makes."""

from __future__ import annotations

from components.redis.scripts import SCRIPTS
from drills.harness.processes import Stage
from drills.redis.pods import Pods
from q2o_infra.plan.recorder import Recording
from q2o_infra.settings import RedisSettings


def test_the_drill_runs_the_configuration_and_the_scripts_of_the_stacks(recording: Recording) -> None:
    generated = next(
        row.inputs["data"]
        for row in recording.of_type("kubernetes:core/v1:ConfigMap")
        if "server.conf" in row.inputs["data"]
    )
    with Stage() as stage:
        Pods(stage, RedisSettings())
        assert (stage.folder / "settings" / "server.conf").read_text() == generated["server.conf"]
        # A backup is taken by a script that lies with the others.
        for name in SCRIPTS:
            assert (stage.folder / "scripts" / name).read_text() == generated[name]
