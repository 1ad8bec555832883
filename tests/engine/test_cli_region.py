"""The whole region by the real engine: the same as by the embedded one, empty second preview, gone to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.base.vocabulary import Cloud
from q2o_infra import program
from q2o_infra.phases.contract import BUILT_ON
from q2o_infra.plan import wire
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.stack_files import read_settings
from sandbox import session as sessions
from sandbox.engines.cli import CliEngine
from sandbox.engines.cli_project import stack_config
from sandbox.engines.embedded import EmbeddedEngine
from sandbox.engines.steps import Journal
from sandbox.session import PORT_VARIABLE, Session
from sandbox.settle import wait_settled
from tests.support.free_ports import free_base

pytestmark = [pytest.mark.engine, pytest.mark.sandbox]

STACK = "us-east"
OVERRIDES = {"environment": "sandbox", "deletion_protection": False, "phase": 1}

_GIVEN_BY_THE_SERVER = frozenset({"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"})
_GIVEN_BY_CONTROLLERS = frozenset({"clusterIP", "clusterIPs", "replicas", "finalizers"})

Objects = dict[str, Any]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(PORT_VARIABLE, str(free_base()))
    yield tmp_path
    with sessions.opened(STACK, root=tmp_path, progress=print) as session:
        session.cluster.wipe()


def _inputs(session: Session) -> Objects:
    """What stands, by URN, as it was asked for."""
    return {entry.urn: wire.unwrap(entry.inputs) for entry in session.world.entries()}


def _objects(session: Session) -> Objects:
    """What the API server holds of it, by URN, without what differs from run to run."""
    client = session.cluster.client()
    wait_settled(client, progress=print)
    found: Objects = {}
    for urn, manifest in _inputs(session).items():
        if "apiVersion" not in manifest:
            continue
        metadata = manifest["metadata"]
        live = client.get(manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace"))
        live.pop("status", None)
        live["metadata"] = {key: item for key, item in live["metadata"].items() if key not in _GIVEN_BY_THE_SERVER}
        live["metadata"].get("annotations", {}).pop("deployment.kubernetes.io/revision", None)
        if "spec" in live:
            live["spec"] = {key: item for key, item in live["spec"].items() if key not in _GIVEN_BY_CONTROLLERS}
        found[urn] = live
    return found


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_the_region_comes_up_as_planned_and_as_by_the_embedded_engine_and_goes_to_nothing(
    cloud: Cloud, root: Path
) -> None:
    overrides = {**OVERRIDES, "cloud": cloud.value}
    settings = read_settings(STACK, overrides=overrides)
    resources = [row for row in plan_region(STACK, settings).resources if row.custom]
    planned = {row.urn: row.inputs for row in resources}
    with sessions.opened(STACK, root=root, progress=print) as session:
        config = stack_config(STACK, overrides=overrides)
        engine = CliEngine(session, Journal(print), config=config, progress=print)
        engine.up()
        by_cli, objects_by_cli = _inputs(session), _objects(session)
        assert by_cli == {urn: inputs for urn, inputs in planned.items() if "pulumi:providers" not in urn}
        assert len(objects_by_cli) > 50, "the comparison must compare something"
        assert set(engine.preview()) == {"same"}
        exports = engine.exports
    with sessions.opened(STACK, root=root, progress=print) as session:
        CliEngine(session, Journal(print)).down()
        assert [entry.kept for entry in session.world.entries()] == [True for row in resources if row.retain_on_delete]
        session.world.close()
    with sessions.opened(STACK, root=root, progress=print) as session:
        embedded = EmbeddedEngine(session.state, session.router, Journal(print))
        embedded.up(lambda: program.run(STACK, settings), stack=STACK)
        assert _inputs(session) == by_cli
        assert _objects(session) == objects_by_cli
        assert embedded.exports == exports
        embedded.down()
