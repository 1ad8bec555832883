"""What the contracts of import-linter (`pyproject.toml`) cannot say of imports, and that they are whole."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from q2o_infra.stack_files import ROOT
from tests.support.assertions import assert_none

OURS = ("clouds", "components", "drills", "q2o_infra", "sandbox")

# Modules of a component that others may import; the rest of it is its own affair.
CONTRACTS = ("contract", "aws_contract", "azure_contract", "gcp_contract")

# What a component cannot read without its plan depending on more than its arguments.
AMBIENT_MODULES = frozenset(
    {"datetime", "os", "pathlib", "platform", "random", "secrets", "socket", "subprocess", "tempfile", "time"}
    | {"requests", "urllib", "urllib3", "uuid"}
)
AMBIENT_NAMES = frozenset({"Config", "StackReference", "get_organization", "get_project", "get_stack"})


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


def modules_of(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module of some rooms, which are dotted names, with its tree."""
    for module, tree in trees().items():
        if any(module == room or module.startswith(f"{room}.") for room in rooms):
            yield module, tree


def reaches_inside(importer: str, imported: str) -> bool:
    """Whether a component imports another's insides; all of `base` is for everybody."""
    mine, theirs = importer.split(".")[:2], imported.split(".")[:2]
    return (
        theirs[0] == "components"
        and theirs not in (mine, ["components", "base"])
        and (imported.rsplit(".", maxsplit=1)[-1] not in CONTRACTS)
    )


def contracts() -> list[dict[str, object]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = settings["tool"]["importlinter"]["contracts"]
    return found


def test_no_contract_has_an_exception() -> None:
    assert_none([str(row["name"]) for row in contracts() if "ignore_imports" in row], "a contract has no exceptions")


def test_the_contract_of_the_components_names_each_of_them() -> None:
    (row,) = (row for row in contracts() if "components.base" in row.get("layers", ()))
    named = {name.strip() for layer in row["layers"] for name in layer.split(":")} - {"clouds"}
    folders = {f"components.{path.parent.name}" for path in (ROOT / "components").glob("*/__init__.py")}
    assert named == folders


def test_a_component_imports_the_contracts_of_others_only() -> None:
    strays = sorted(
        f"{module} -> {imported}"
        for module, tree in modules_of("components")
        for imported in imported_by(tree)
        if reaches_inside(module, imported)
    )
    assert_none(strays, "move what both need to components/base or to a contract, or pass it in")


def test_an_import_of_the_insides_is_seen() -> None:
    assert reaches_inside("components.redis.component", "components.cluster.aws_nodes")
    assert not reaches_inside("components.redis.component", "components.cluster.contract")
    assert not reaches_inside("components.redis.component", "components.redis.config")
    assert not reaches_inside("components.redis.component", "components.base.pods")


def test_components_import_pulumi_and_nothing_else_from_outside() -> None:
    strays = sorted(
        f"{module} -> {imported}"
        for module, tree in modules_of("components")
        for imported in imported_by(tree)
        if (top := imported.split(".")[0]) not in OURS
        and top != "pulumi"
        and not top.startswith("pulumi_")
        and top not in sys.stdlib_module_names
    )
    assert_none(strays, "a component needs Pulumi and the standard library")


def test_facts_import_the_standard_library_only() -> None:
    strays = sorted(
        f"{module} -> {imported}"
        for module, tree in modules_of(
            "clouds", "components.base", "q2o_infra.capacity", "q2o_infra.locations", "q2o_infra.stateful"
        )
        for imported in imported_by(tree)
        if (top := imported.split(".")[0]) not in OURS and top not in sys.stdlib_module_names
    )
    assert_none(strays, "facts and arithmetic are there for everything, so they bring nothing along")


def test_components_read_nothing_but_their_arguments() -> None:
    strays = []
    for module, tree in modules_of("components", "q2o_infra.phases", "q2o_infra.providers"):
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
        for module, tree in modules_of("components", "q2o_infra.phases", "q2o_infra.program", "q2o_infra.providers")
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
