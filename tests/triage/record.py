"""Records what the Pulumi CLI prints for previews of a small program over the simulated clouds.

Run `python -m tests.triage.record [CASE ...]` after a raised version of the CLI or for a new case;
it writes `tests/triage/previews/`. Times, source positions and what the program wrote to stderr are left out: they are
of the machine.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.providers.accounts import Accounts
from sandbox.providers.cloud import Refusals, SimulatedCloud
from sandbox.providers.servers import ProviderServers
from sandbox.world import World
from tests.support.by_hand import STACK, Project

PREVIEWS = Path(__file__).parent / "previews"
PROGRAM = Path(__file__).parent / "program"
STREAMED = "PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
_LEFT_OUT = frozenset({"config", "created", "duration", "durationSeconds", "modified", "sourcePosition", "stackTrace"})
_SAME_EVERY_TIME = {"timestamp": 0}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What stands, and what is previewed over it; an empty program is previewed when nothing stands."""

    stands: Mapping[str, Any] | None = field(default_factory=dict)
    previewed: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    streamed: bool = False


CASES: dict[str, Case] = {
    "bucket-kept": Case(stands={"retained": True}, previewed={"without_bucket": True}),
    "bucket-replaced": Case(previewed={"bucket": "triage-other"}),
    "create-all": Case(stands=None),
    "key-renamed-with-alias": Case(previewed={"key": "cipher"}),
    "mixed": Case(
        previewed={"range": "10.2.0.0/16", "api": "api-2", "without_namespace": True, "service": "store-2"},
    ),
    "mixed-with-replacement-steps": Case(
        previewed={"range": "10.2.0.0/16", "api": "api-2", "without_namespace": True, "service": "store-2"},
        options=("--show-replacement-steps",),
    ),
    "mixed-streamed": Case(
        previewed={"range": "10.2.0.0/16", "api": "api-2", "without_namespace": True, "service": "store-2"},
        streamed=True,
    ),
    "namespace-deleted": Case(previewed={"without_namespace": True}),
    "network-replaced": Case(previewed={"range": "10.2.0.0/16"}),
    "no-change": Case(),
    "protected-queue-deleted": Case(stands={"protected": True}, previewed={"without_queue": True}),
    "protected-queue-deleted-streamed": Case(
        stands={"protected": True}, previewed={"without_queue": True}, streamed=True
    ),
    "protected-queue-replaced": Case(stands={"protected": True}, previewed={"queue": "triage-other"}),
    "queue-replaced": Case(previewed={"queue": "triage-other"}),
    "statefulset-replaced": Case(previewed={"service": "store-2"}),
    "tags-updated": Case(previewed={"team": "another"}),
}


def main(*names: str) -> None:
    """Record these cases, or all."""
    for name in names or CASES:
        with tempfile.TemporaryDirectory() as folder:
            text = _preview(Path(folder), CASES[name])
        PREVIEWS.mkdir(exist_ok=True)
        (PREVIEWS / f"{name}.json").write_text(_cleaned(text))


def _preview(folder: Path, case: Case) -> str:
    world = World(folder / "world")
    accounts, refusals = Accounts(world), Refusals()
    # Kubernetes is simulated too, so that no cluster is needed.
    providers = {
        package: SimulatedCloud(package, world=world, accounts=accounts, refusals=refusals)
        for package in ("aws", "azure-native", "gcp", "kubernetes", "random")
    }
    project = Project(folder / "pulumi", program=PROGRAM)
    with ProviderServers(providers) as servers:
        typed = partial(project.typed, attached=servers.attached)
        typed("stack", "init", STACK)
        if case.stands is not None:
            _configure(project, case.stands)
            up = typed("up", "--skip-preview", "--yes", "--stack", STACK)
            assert up.returncode == 0, up.stdout + up.stderr
        _configure(project, case.previewed)
        streamed = {STREAMED: "true"} if case.streamed else {}
        done = typed("preview", "--json", *case.options, "--stack", STACK, **streamed)
    assert done.stdout, done.stderr
    return done.stdout


def _configure(project: Project, config: Mapping[str, Any]) -> None:
    given = {f"q2o-infra:{key}": value for key, value in config.items()}
    project.configure({"pulumi:disable-default-providers": ["*"], **given})


def _cleaned(text: str) -> str:
    try:
        return json.dumps(_without(json.loads(text)), indent=1) + "\n"
    except json.JSONDecodeError:
        events = [json.loads(line) for line in text.splitlines() if line.strip()]
        return "".join(f"{json.dumps(_without(event))}\n" for event in events if not _is_stderr(event))


def _is_stderr(value: Any) -> bool:
    said = value.get("diagnosticEvent", value) if isinstance(value, dict) else {}
    return said.get("severity") == "info#err"


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without(item) for key, item in value.items() if key not in _LEFT_OUT}
        return {**kept, **{key: item for key, item in _SAME_EVERY_TIME.items() if key in kept}}
    return [_without(item) for item in value if not _is_stderr(item)] if isinstance(value, list) else value


if __name__ == "__main__":
    main(*sys.argv[1:])
