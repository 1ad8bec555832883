"""A plan as a picture: the components of a region, how much each makes, and what stands before what.

Mermaid, because a Markdown page carries it as text and renders it. The same plan gives the same bytes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from components.base.errors import PlanError
from q2o_infra.plan.document import PlanDocument, component_of
from q2o_infra.plan.recorder import Recording

BEGIN = "<!-- picture: begin; written by `make docs` -->"
END = "<!-- picture: end -->"

_TYPES_SHOWN = 3
"""Types named in each box; the plan's table lists them all."""
_DATA_FLOW = "-->"
_WRITTEN_DOWN = "-.->"

Arrows = dict[tuple[str, str], str]


def render_picture(document: PlanDocument, recording: Recording) -> str:
    """Return the picture: a box for each outermost component, arrows from what stands first to what waits for it.

    A full arrow is data that flows; a dotted one is an edge that somebody wrote down (docs/reference/order.md).
    """
    return "\n".join(_lines(document, recording)) + "\n"


def fenced_picture(document: PlanDocument, recording: Recording) -> str:
    """Return the picture as a block of Markdown."""
    return f"```mermaid\n{render_picture(document, recording)}```"


def put_between_marks(page: str, block: str) -> str:
    """Return `page` with `block` between its two marks. Raises `PlanError` unless each mark is there once, in order."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in before + after:
        raise PlanError(f"the page: its marks are not there once each: write {BEGIN} and below it {END}.")
    return f"{before}{BEGIN}\n\n{block}\n\n{END}{after}"


def _lines(document: PlanDocument, recording: Recording) -> Iterator[str]:
    owners = component_of(recording)
    types: dict[str, Counter[str]] = defaultdict(Counter)
    protected: Counter[str] = Counter()
    for row in recording.resources:
        if row.custom and (owner := owners[row.urn]):
            types[owner][row.type.rpartition(":")[2]] += 1
            protected[owner] += row.protect
    arrows = _arrows(recording, owners)
    yield "flowchart LR"
    yield f'  subgraph region["{document["stack"]} on {document["cloud"]}, phase {document["phase"]}"]'
    yield "    direction LR"
    for name in sorted(types):
        yield f'    {name}["{"<br/>".join(_text(name, types[name], protected[name]))}"]'
    yield "  end"
    for (earlier, later), arrow in sorted(arrows.items()):
        yield f"  {earlier} {arrow} {later}"


def _text(name: str, types: Counter[str], protected: int) -> Iterator[str]:
    yield f"<b>{name}</b>"
    yield f"{types.total()} resources" + (f", {protected} protected" if protected else "")
    most = sorted(types.items(), key=lambda pair: (-pair[1], pair[0]))
    yield from (f"{count} {type_}" for type_, count in most[:_TYPES_SHOWN])


def _arrows(recording: Recording, owners: dict[str, str]) -> Arrows:
    """Return, for each pair of components of which one waits for the other, the strongest kind of edge.

    Whoever has a provider waits for what the provider was made from.
    """
    by_urn = recording.by_urn()
    arrows: Arrows = {}
    for row in recording.resources:
        later = owners[row.urn]
        written_down = set(row.explicit_dependencies)
        provider = by_urn.get(row.provider.rpartition("::")[0])
        for urn in (*row.dependencies, *(provider.dependencies if provider else ())):
            earlier = owners.get(urn, "")
            if earlier and later and earlier != later and arrows.get((earlier, later)) != _DATA_FLOW:
                arrows[earlier, later] = _WRITTEN_DOWN if urn in written_down else _DATA_FLOW
    return arrows
