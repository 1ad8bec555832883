"""The real engine asks for the gate's record: `up` in production stops before any resource, a preview warns."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.base.errors import SandboxError
from q2o_infra.gates.permission import decide_permission
from q2o_infra.stack_files import read_settings
from sandbox import session as sessions
from sandbox.engines.cli import FOLDER, CliEngine
from sandbox.engines.cli_events import Events
from sandbox.engines.cli_project import stack_config
from sandbox.engines.steps import Journal

pytestmark = pytest.mark.engine

STACK = "us-east"
OVERRIDES = {"environment": "production", "phase": 1}


@pytest.fixture
def refusal() -> str:
    sentence = decide_permission(STACK, read_settings(STACK, overrides=OVERRIDES)).refusal
    if not sentence:
        pytest.skip("the platform has its GO for phase 1: the refusal is unproven here")
    return sentence


def said(folder: Path, severity: str) -> list[str]:
    rows = Events(folder / FOLDER / "events")._of("diagnosticEvent")
    return [str(row["message"]).strip() for row in rows if row["severity"] == severity]


def test_up_in_production_stops_before_any_resource_and_names_the_record(tmp_path: Path, refusal: str) -> None:
    with sessions.opened(STACK, root=tmp_path, progress=print) as session:
        engine = CliEngine(session, Journal(), config=stack_config(STACK, overrides=OVERRIDES))
        with pytest.raises(SandboxError) as caught:
            engine.up()
        assert refusal in " ".join(caught.value.message.split())
        assert "records/us-east/phase-1.yaml" in refusal
        assert session.world.entries() == []


def test_a_preview_in_production_runs_and_says_that_up_will_be_refused(tmp_path: Path, refusal: str) -> None:
    with sessions.opened(STACK, root=tmp_path, progress=print) as session:
        engine = CliEngine(session, Journal(), config=stack_config(STACK, overrides=OVERRIDES))
        assert engine.preview()["create"] > 100
        assert said(session.folder, "warning") == [f"`pulumi up` will be refused: {refusal}"]
        assert session.world.entries() == []


def test_staging_is_exempt_and_says_so(tmp_path: Path) -> None:
    config = stack_config(STACK, overrides={**OVERRIDES, "environment": "staging"})
    with sessions.opened(STACK, root=tmp_path, progress=print) as session:
        CliEngine(session, Journal(), config=config).preview()
        assert "environment staging asks for no gate record" in said(session.folder, "info")
