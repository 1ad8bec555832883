"""`pulumi preview` and `pulumi up`, typed by hand in the checkout, run the program through a language host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from q2o_infra.plan.region_plan import plan_region
from q2o_infra.stack_files import ROOT, read_config, read_settings
from tests.support.by_hand import STACK, Project
from tests.support.worlds import CloudOnly


def without_secrets(value: Any) -> Any:
    """Return a stack file's value with a plain text for each secret: no test can decrypt one."""
    if isinstance(value, dict):
        return "secret" if set(value) == {"secure"} else {key: without_secrets(item) for key, item in value.items()}
    return value


def test_a_preview_shows_the_whole_region_and_up_in_production_is_refused_by_the_gate(tmp_path: Path) -> None:
    project = Project(tmp_path / "by-hand", program=ROOT)
    place = CloudOnly(tmp_path / "sandbox")
    with place.opened() as run, run.engine.served() as servers:
        made = project.typed("stack", "init", STACK, attached=servers.attached)
        assert made.returncode == 0, made.stderr
        project.configure(without_secrets(read_config(STACK, ROOT)))

        previewed = project.typed("preview", "--json", "--stack", STACK, attached=servers.attached)
        refused = project.typed("up", "--yes", "--skip-preview", "--stack", STACK, attached=servers.attached)

    assert previewed.returncode == 0, previewed.stdout[-3000:] + previewed.stderr
    document = json.loads(previewed.stdout)
    planned = plan_region(STACK, read_settings(STACK)).resources
    stack = f"urn:pulumi:{STACK}::q2o-infra::pulumi:pulumi:Stack::q2o-infra-{STACK}"
    assert {step["urn"] for step in document["steps"]} == {stack, *(row.urn for row in planned)}
    assert refused.returncode != 0
    assert "records/us-east/phase-1.yaml" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert place.world.entries() == []
