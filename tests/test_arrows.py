"""Who may import whom: the arrows of the house point one way.

cli -> {plan, cost, order, sandbox, triage} -> program -> {phases, records} -> components -> leaves
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from q2o_infra.stack_files import ROOT
from tests.support.assertions import assert_none

OURS = ("q2o_infra", "components", "sandbox", "drills")

# What each part may import beside itself. A module belongs to the part with the longest prefix of its name.
LEAVES = frozenset(
    f"q2o_infra.{leaf}" for leaf in ("azure_zones", "capacity", "cloud_limits", "locations", "stateful")
) | {"components.base"}
SETTINGS = frozenset(
    f"q2o_infra.{module}"
    for module in (
        "agents",
        "capacity.release_room",
        "phases.contract",
        "region",
        "release_files",
        "release_rules",
        "release_schema",
        "releases",
        "settings",
        "settings_clouds",
        "settings_errors",
        "settings_fields",
        "settings_rules",
        "settings_schema",
        "stack_files",
        "versions",
    )
)
ENGINE_INTERFACE = frozenset({"q2o_infra.plan.monitor", "q2o_infra.plan.wire"})
PARTS: dict[str, frozenset[str]] = {
    "leaves": LEAVES,
    "components": frozenset({"components"}),
    "settings": SETTINGS,
    "records": frozenset({"q2o_infra.gates"}),
    "phases": frozenset({"q2o_infra.phases", "q2o_infra.providers"}),
    "program": frozenset({"q2o_infra.program"}),
    "engine interface": ENGINE_INTERFACE,
    "clouds": frozenset({"sandbox.clouds"}),
    "plan": frozenset({"q2o_infra.plan"}),
    "order": frozenset({"q2o_infra.order"}),
    "availability": frozenset({"q2o_infra.availability"}),
    "cost": frozenset({"q2o_infra.cost"}),
    "packing": frozenset({"q2o_infra.packing"}),
    "parity": frozenset({"q2o_infra.parity"}),
    "sandbox": frozenset({"sandbox"}),
    "triage": frozenset({"q2o_infra.triage"}),
    "cli": frozenset({"q2o_infra.cli"}),
    "drills": frozenset({"drills"}),
}
MAY_IMPORT: dict[str, frozenset[str]] = {
    "leaves": frozenset(),
    "components": frozenset({"leaves"}),
    "settings": frozenset({"components", "leaves"}),
    "records": frozenset({"leaves", "settings"}),
    "phases": frozenset({"components", "leaves", "settings"}),
    "program": frozenset({"leaves", "phases", "records", "settings"}),
    "engine interface": frozenset({"leaves"}),
    "clouds": frozenset({"engine interface", "leaves"}),
    "plan": frozenset({"clouds", "components", "engine interface", "leaves", "program", "records", "settings"}),
    "order": frozenset({"engine interface", "leaves", "plan"}),
    "sandbox": frozenset({"clouds", "engine interface", "leaves", "plan", "program", "records", "settings"}),
    "triage": frozenset({"leaves"}),
    "availability": frozenset({"components", "leaves", "settings"}),
    "cost": frozenset({"components", "engine interface", "leaves", "packing", "phases", "plan", "settings"}),
    "parity": frozenset({"components", "engine interface", "leaves", "phases", "plan", "settings"}),
    "packing": frozenset({"components", "engine interface", "leaves", "phases", "plan", "sandbox", "settings"}),
    "cli": frozenset(
        {"availability", "cost", "leaves", "order", "packing", "parity", "plan", "records", "sandbox", "settings"}
        | {"triage"}
    ),
    "drills": frozenset({"components", "cost", "engine interface", "leaves", "packing", "plan", "sandbox", "settings"}),
}

# Modules of a component that others may import; the rest of it is its own affair.
CONTRACTS = ("contract", "aws_contract", "azure_contract", "gcp_contract")
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("sandbox.standins.charts", "components.cluster.contract"): "how a set of pods is described",
    ("sandbox.standins.charts", "components.controllers.charts"): "which pods a chart makes: stands in for them",
    ("sandbox.standins.charts", "components.observability.values"): "which pods a chart makes: stands in for them",
    ("sandbox.standins.charts", "components.edge.charts"): "which pods a chart makes: stands in for them",
    ("sandbox.standins.aks", "components.cluster.azure_addons"): "which pods AKS runs: stands in for them",
    ("sandbox.standins.eks", "components.cluster.addons"): "which pods an add-on makes: stands in for them",
    ("sandbox.standins.gke", "components.cluster.contract"): "which pool a node belongs to",
    ("sandbox.standins.gke", "components.cluster.gcp_pods"): "which pods GKE runs by itself: stands in for them",
    ("sandbox.standins.operators", "components.cluster.contract"): "how a set of pods is described",
    ("sandbox.standins.prometheus", "components.observability.reader"): "on which port servers are read: stands in",
    ("sandbox.standins.prometheus", "components.observability.server"): "on which port servers answer: stands in",
    ("sandbox.standins.gateways", "components.cluster.contract"): "how a set of pods is described",
    ("sandbox.standins.pods", "components.cluster.contract"): "how a set of pods is described",
    ("sandbox.standins.prometheus", "components.cluster.contract"): "how a set of pods is described",
}
"""Single imports against the arrows, each with its reason."""

# What a component cannot read without its plan depending on more than its arguments.
AMBIENT_MODULES = frozenset(
    {"datetime", "os", "pathlib", "platform", "random", "secrets", "socket", "subprocess", "tempfile", "time"}
    | {"requests", "urllib", "urllib3", "uuid"}
)
AMBIENT_NAMES = frozenset({"Config", "StackReference", "get_organization", "get_project", "get_stack"})


def part_of(module: str) -> str:
    found = [
        (len(prefix), part)
        for part, prefixes in PARTS.items()
        for prefix in prefixes
        if module == prefix or module.startswith(f"{prefix}.")
    ]
    return max(found)[1] if found else ""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the project, parsed once."""
    return {
        module_name(path): ast.parse(path.read_text(encoding="utf-8"))
        for top in OURS
        for path in sorted((ROOT / top).rglob("*.py"))
    }


def imported_by(tree: ast.Module) -> Iterator[str]:
    """Modules that a module imports, anywhere in it; `from package import module` counts as the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = str(node.module)
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                yield whole if whole in trees() else module


@cache
def arrows() -> frozenset[tuple[str, str]]:
    """Every import of one of our modules by another."""
    return frozenset(
        (importer, imported)
        for importer, tree in trees().items()
        for imported in imported_by(tree)
        if imported.split(".")[0] in OURS and imported not in OURS
    )


def reaches_inside(importer: str, imported: str) -> bool:
    """Whether a component imports another's insides."""
    mine, theirs = importer.split(".")[:2], imported.split(".")[:2]
    return mine != theirs and imported.rsplit(".", maxsplit=1)[-1] not in CONTRACTS


def wrong(importer: str, imported: str) -> bool:
    here, there = part_of(importer), part_of(imported)
    if here == there == "components":
        return reaches_inside(importer, imported)
    return here != there and there not in MAY_IMPORT.get(here, frozenset())


def test_every_module_belongs_to_a_part() -> None:
    homeless = [module for module in trees() if module not in OURS and not part_of(module)]
    assert_none(homeless, "say in tests/test_arrows.py which part it belongs to")


def test_arrows_point_one_way() -> None:
    against = sorted(
        f"{importer} -> {imported} ({part_of(importer)} -> {part_of(imported)})"
        for importer, imported in arrows()
        if wrong(importer, imported) and (importer, imported) not in EXCEPTIONS
    )
    assert_none(against, "imports against the arrows; move what both need to a leaf, or pass it in")


def test_every_exception_is_needed() -> None:
    idle = [pair for pair in EXCEPTIONS if pair not in arrows() or not wrong(*pair)]
    assert_none(idle, "an exception that nothing needs any more")


def test_an_arrow_the_wrong_way_is_seen() -> None:
    assert wrong("components.redis.component", "q2o_infra.settings")
    assert wrong("components.redis.component", "q2o_infra.phases.contract")
    assert wrong("components.redis.component", "components.cluster.aws_nodes")
    assert wrong("components.base.names", "q2o_infra.settings")
    assert wrong("q2o_infra.program", "q2o_infra.plan.recorder")
    assert wrong("sandbox.clouds.aws", "sandbox.world")
    assert wrong("sandbox.operations", "q2o_infra.cli.main")
    assert wrong("q2o_infra.gates.records", "q2o_infra.program")
    assert wrong("q2o_infra.triage.verdict", "q2o_infra.settings")
    assert not wrong("components.redis.component", "components.cluster.contract")
    assert not wrong("q2o_infra.phases.performance", "components.kafka.component")


def test_the_parts_themselves_make_no_circle() -> None:
    def reach(part: str, seen: frozenset[str]) -> frozenset[str]:
        assert part not in seen, part
        return frozenset().union(*(reach(other, seen | {part}) for other in MAY_IMPORT[part]), {part})

    assert all(reach(part, frozenset()) for part in PARTS)


def test_components_import_pulumi_and_nothing_else_from_outside() -> None:
    strays = sorted(
        f"{module} -> {imported}"
        for module, tree in trees().items()
        if part_of(module) == "components"
        for imported in imported_by(tree)
        if (top := imported.split(".")[0]) not in OURS
        and top != "pulumi"
        and not top.startswith("pulumi_")
        and top not in sys.stdlib_module_names
    )
    assert_none(strays, "a component needs Pulumi and the standard library")


def test_leaves_import_the_standard_library_only() -> None:
    strays = sorted(
        f"{module} -> {imported}"
        for module, tree in trees().items()
        if part_of(module) == "leaves"
        for imported in imported_by(tree)
        if (top := imported.split(".")[0]) not in OURS and top not in sys.stdlib_module_names
    )
    assert_none(strays, "a leaf is there for anyone, so it brings nothing along")


def test_components_read_nothing_but_their_arguments() -> None:
    strays = []
    for module, tree in trees().items():
        if part_of(module) not in {"components", "phases"}:
            continue
        strays += [f"{module}: {name}" for name in imported_by(tree) if name.split(".")[0] in AMBIENT_MODULES]
        strays += [
            f"{module}: {name}"
            for node in ast.walk(tree)
            if (name := getattr(node, "attr", getattr(node, "id", ""))) in AMBIENT_NAMES
        ]
    assert_none(strays, "comes in by arguments, or the plan depends on the machine")


# A question that a plan asks of the simulated cloud, and an `up` of the real one: docs/adr/0025.
ASKED = frozenset({"components.recovery.gcp gcp.storage.get_project_service_account_output"})


def test_nothing_is_looked_up_in_a_cloud() -> None:
    found = [
        f"{module} {ast.unparse(call.func)}"
        for module, tree in trees().items()
        if part_of(module) in {"components", "phases", "program"}
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and is_look_up(call, provider_names(tree))
    ]
    assert set(found) >= ASKED, "nobody asks it any more"
    assert_none(
        sorted(set(found) - ASKED), "a plan needs no credentials: put the value into the settings or a static table"
    )


def provider_names(tree: ast.Module) -> set[str]:
    """Names in a module that stand for something of a provider's SDK."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                origin = node.module if isinstance(node, ast.ImportFrom) else alias.name
                if str(origin).startswith("pulumi_"):
                    names.add(alias.asname or alias.name)
    return names


def is_look_up(call: ast.Call, providers: set[str]) -> bool:
    """Whether a call is `get_something(...)` or `Resource.get(...)` of a provider."""
    target = call.func
    last = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    while isinstance(target, ast.Attribute):
        target = target.value
    return getattr(target, "id", "") in providers and (last == "get" or last.startswith("get_"))


def test_a_look_up_is_seen() -> None:
    source = "import pulumi_aws as aws\nfrom pulumi_aws import get_region\nfrom pulumi_aws.ec2 import Vpc\n"
    tree = ast.parse(
        source + "aws.get_caller_identity()\nget_region()\nVpc.get('a', 'b')\naws.ec2.Vpc('c')\n{}.get(1)\n"
    )
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert sorted(call.lineno for call in calls if is_look_up(call, provider_names(tree))) == [4, 5, 6]
