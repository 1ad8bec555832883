"""What runs in a stack as a document: for machines as JSON, for people as a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypedDict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.workloads.canary import ALL_PERCENT
from q2o_infra import program
from q2o_infra.capacity.release_room import added, machines_at_worst
from q2o_infra.plan.running import RunningPods
from q2o_infra.release_files import release_name
from q2o_infra.release_rules import RunFacts
from q2o_infra.releases import Release
from q2o_infra.settings import Settings

_DIGEST_SHOWN = 12


class ReleaseRow(TypedDict):
    """One Deployment; `running` is empty where nothing was looked at."""

    workload: str
    deployment: str
    role: str
    image: str
    weight_percent: int
    minimum_pods: int
    running: list[RunningPods]


class ReleaseDocument(TypedDict):
    """What `q2o release --json` prints."""

    stack: str
    file: str
    workloads: list[ReleaseRow]
    looked_at: str
    """`cluster` or `sandbox`, where it was asked what runs; else empty."""
    elastic_nodes_budgeted: int
    elastic_nodes_at_worst: int
    release_needs: dict[str, int]


Running = Mapping[str, list[RunningPods]]
"""What runs, by Deployment."""


def release_document(
    stack: str,
    settings: Settings,
    *,
    looked_at: str = "",
    overridden: Collection[str] = (),
    release: Release | None = None,
    running: Running | None = None,
) -> ReleaseDocument:
    """Return what a stack's release file says and what runs in what was `looked_at`. Raises `SettingsError`.

    `overridden` are the settings that the command line gave; messages then name the option, not the file.
    """
    region, facts = program.decide(stack, settings, release=release, overridden=overridden)
    rolled = [row.rolled for row in facts.runs]
    more = added(rolled)
    return {
        "stack": stack,
        "file": release_name(stack),
        "workloads": [found for run in facts.runs for found in _rows(run, running or {})],
        "looked_at": looked_at,
        "elastic_nodes_budgeted": facts.machines.count,
        "elastic_nodes_at_worst": machines_at_worst(rolled, machine=facts.machines.each, zones=region.contract.zones),
        "release_needs": {
            "cpu_millicores": more.cpu_millicores,
            "memory_mib": more.memory_mib,
            "pods": more.pods,
        },
    }


def release_table(document: ReleaseDocument) -> RenderableType:
    """Return the document for a screen."""
    table = Table(box=None, pad_edge=False)
    for heading in ("workload", "role", "version"):
        table.add_column(heading)
    for heading in ("weight %", "minimum pods"):
        table.add_column(heading, justify="right")
    if document["looked_at"]:
        table.add_column(f"runs in the {document['looked_at']}")
    for row in document["workloads"]:
        cells = [
            row["workload"],
            row["role"],
            _version(row["image"]),
            str(row["weight_percent"]),
            str(row["minimum_pods"]),
        ]
        if document["looked_at"]:
            cells.append(", ".join(_pods(found) for found in row["running"]) or "nothing")
        table.add_row(*cells)
    return Group(Text(f"{document['stack']}: {document['file']}"), table, Text(_room(document)))


def _rows(run: RunFacts, running: Running) -> list[ReleaseRow]:
    weight = run.canary.weight_percent if run.canary else 0
    found = [_row(run, "stable", run.image, ALL_PERCENT - weight, run.size.minimum, running)]
    if run.canary:
        found.append(_row(run, "canary", run.canary.image, weight, run.canary.pods.minimum, running))
    # What is on its way out is shown until it is gone.
    elif gone := running.get(f"{run.workload}-canary"):
        found.append({**_row(run, "canary", gone[0]["image"], 0, 0, running), "image": "", "running": gone})
    return found


def _row(run: RunFacts, role: str, image: str, weight: int, minimum: int, running: Running) -> ReleaseRow:
    deployment = run.workload if role == "stable" else f"{run.workload}-{role}"
    return {
        "workload": run.workload,
        "deployment": deployment,
        "role": role,
        "image": image,
        "weight_percent": weight,
        "minimum_pods": minimum,
        "running": running.get(deployment, []),
    }


def _version(image: str) -> str:
    return image.rpartition(":")[2][:_DIGEST_SHOWN] or "no longer declared"


def _pods(found: RunningPods) -> str:
    return f"{_version(found['image'])}: {found['ready']} of {found['pods']} ready"


def _room(document: ReleaseDocument) -> str:
    needs = document["release_needs"]
    if not needs["pods"]:
        return "no canary stands"
    return (
        f"the canaries and their surge need {needs['cpu_millicores']} thousandths of a core, {needs['memory_mib']} MiB "
        f"and {needs['pods']} pods more; they fit the {document['elastic_nodes_budgeted']} machines of the budget, "
        f"and the even spread over zones may take {document['elastic_nodes_at_worst']} while the release lasts"
    )
