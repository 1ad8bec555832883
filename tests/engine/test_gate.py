"""The real engine asks for the gate's record: `up` in production stops before any resource, a preview warns."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from components.base.errors import GateError, SettingsError
from q2o_infra import program
from q2o_infra.gates.permission import decide_permission
from q2o_infra.stack_files import read_settings
from tests.support.worlds import STACK, CloudOnly


def whole(**changed: Any) -> partial[None]:
    settings = read_settings(STACK, overrides={"environment": "production", "phase": 1, **changed})
    return partial(program.run, STACK, settings)


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> str:
    sentence = decide_permission(STACK, read_settings(STACK, overrides={"environment": "production"})).refusal
    assert sentence, "the platform has its GO for phase 1: this needs a phase without one"
    return sentence


def test_up_in_production_stops_before_any_resource_and_names_the_record(place: CloudOnly, refusal: str) -> None:
    with place.opened(whole()) as run, pytest.raises(GateError) as caught:
        run.engine.up()
    assert refusal == caught.value.message
    assert "records/us-east/phase-1.yaml" in refusal
    assert place.world.entries() == []


def test_a_preview_in_production_runs_and_says_that_up_will_be_refused(place: CloudOnly, refusal: str) -> None:
    with place.opened(whole()) as run:
        assert run.engine.preview()["create"] > 100
    said = [text for severity, text in run.engine.messages if severity == "warning"]
    assert said == [" ".join(f"`pulumi up` will be refused: {refusal}".split())]
    assert place.world.entries() == []


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_a_phase_that_is_built_in_part_is_refused_where_people_depend_on_it(place: CloudOnly, environment: str) -> None:
    with place.opened(whole(environment=environment, phase=2)) as run:
        for command in (run.engine.preview, run.engine.up):
            with pytest.raises(SettingsError) as refusal:
                command()
            assert refusal.value.message == (
                "Pulumi.us-east.yaml: phase: 2 is not allowed: the program cannot build Kafka, Elasticsearch, "
                f"gRPC between agents yet, and {environment} takes whole phases only; set it to 1."
            )
    assert place.world.entries() == []


def test_staging_is_exempt_and_says_so(place: CloudOnly) -> None:
    with place.opened(whole(environment="staging")) as run:
        run.engine.preview()
    assert ("info", "environment staging asks for no gate record") in run.engine.messages
