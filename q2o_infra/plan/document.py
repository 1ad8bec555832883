"""A plan as a document: for machines as JSON, for people as a table. Secrets are redacted in both."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypedDict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from q2o_infra.gates.permission import decide_permission
from q2o_infra.phases.contract import missing
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording
from q2o_infra.settings import Settings


class PlannedResource(TypedDict):
    """One resource; `parent` is a URN, `provider` the provider's logical name ("" for a component)."""

    type: str
    name: str
    parent: str
    provider: str
    inputs: dict[str, Any]
    protect: bool
    retain_on_delete: bool
    """Whether a deletion leaves it where it is."""
    import_id: str
    """What is taken over instead of made; "" for nothing."""


class PlannedGate(TypedDict):
    """What the gates say: the record that decides ("" for none), whether it is there, why `up` is refused ("")."""

    record: str
    found: bool
    refusal: str
    said: str


class PlanDocument(TypedDict):
    """What `q2o plan --json` prints."""

    stack: str
    cloud: str
    phase: int
    environment: str
    gate: PlannedGate
    missing: list[str]
    """Services of the phase that the program cannot build yet."""
    resources: list[PlannedResource]
    counts: dict[str, int]
    outputs: dict[str, Any]


def plan_document(stack: str, settings: Settings, recording: Recording) -> PlanDocument:
    """Return the plan of a stack; resources are sorted by URN, counts by type."""
    permission = decide_permission(stack, settings)
    return {
        "stack": stack,
        "cloud": settings.cloud.value,
        "phase": int(settings.phase),
        "environment": settings.environment.value,
        "gate": {
            "record": permission.record,
            "found": permission.found,
            "refusal": permission.refusal,
            "said": permission.said,
        },
        "missing": list(missing(settings.phase)),
        "resources": [
            {
                "type": row.type,
                "name": row.name,
                "parent": row.parent,
                "provider": row.provider.rpartition("::")[2],
                "inputs": wire.redact(row.wire_inputs),
                "protect": row.protect,
                "retain_on_delete": row.retain_on_delete,
                "import_id": row.import_id,
            }
            for row in recording.resources
        ],
        "counts": dict(sorted(Counter(row.type for row in recording.resources).items())),
        "outputs": wire.redact(recording.exports),
    }


def component_of(recording: Recording) -> dict[str, str]:
    """Return, by URN, the logical name of the outermost component that a resource belongs to; "" for none."""
    by_urn = recording.by_urn()

    def outermost(row: Registration) -> str:
        above = by_urn.get(row.parent)
        if above is None:
            return "" if row.custom else row.name
        return outermost(above)

    return {row.urn: outermost(row) for row in recording.resources}


def plan_table(document: PlanDocument, recording: Recording) -> RenderableType:
    """Return the plan for a screen: what there is of each type in each component."""
    owners = component_of(recording)
    counts = Counter((owners[row.urn] or "(program)", row.type) for row in recording.resources if row.custom)
    protected = Counter((owners[row.urn] or "(program)", row.type) for row in recording.resources if row.protect)
    kept = Counter((owners[row.urn] or "(program)", row.type) for row in recording.resources if row.retain_on_delete)
    table = Table(box=None, pad_edge=False)
    for heading in ("component", "type", "count", "protected", "kept"):
        is_text = heading in {"component", "type"}
        table.add_column(heading, justify="left" if is_text else "right", overflow="fold")
    previous = ""
    for (component, type_), count in sorted(counts.items()):
        table.add_row(
            component if component != previous else "",
            type_,
            str(count),
            str(protected[component, type_] or ""),
            str(kept[component, type_] or ""),
        )
        previous = component
    heading = (
        f"{document['stack']} on {document['cloud']}, phase {document['phase']}, {document['environment']}: "
        f"{sum(counts.values())} resources in {sum(not row.custom for row in recording.resources)} components"
    )
    later = [Text(f"not built yet: {', '.join(document['missing'])}")] if document["missing"] else []
    return Group(Text(heading), table, *later, Text(document["gate"]["said"]))
