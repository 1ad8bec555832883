"""No test lies where pytest does not look."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from q2o_infra.stack_files import ROOT
from tests.support.assertions import assert_none

TESTS = ROOT / "tests"
# pytest's own default of `norecursedirs`.
SKIPPED_FOLDERS = {"build", "dist", "node_modules", "venv", "_darcs", "CVS", "{arch}"}


def names_of_tests(path: Path) -> list[str]:
    """Names of what pytest would run as a test, were the file collected."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.name
        for node in tree.body
        if (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"))
        or (isinstance(node, ast.ClassDef) and node.name.startswith("Test"))
    ]


def is_collected(path: Path) -> bool:
    """Whether pytest looks into a file: by its name, and by the names of the folders above it."""
    folders = path.relative_to(TESTS).parts[:-1]
    skipped = any(part in SKIPPED_FOLDERS or part.startswith(".") or part.endswith(".egg") for part in folders)
    return not skipped and (path.name.startswith("test_") or path.name.endswith("_test.py"))


def test_every_file_with_tests_is_collected() -> None:
    dead = [path.relative_to(ROOT) for path in TESTS.rglob("*.py") if names_of_tests(path) and not is_collected(path)]
    assert_none(dead, "has tests that never run; call it test_<what>.py")


def test_every_collected_file_has_tests() -> None:
    empty = [path.relative_to(ROOT) for path in TESTS.rglob("test_*.py") if not names_of_tests(path)]
    assert_none(empty, "looks like tests and has none")


def test_no_test_hides_another_of_its_name() -> None:
    hidden = []
    for path in TESTS.rglob("test_*.py"):
        counts = Counter(names_of_tests(path))
        hidden += [f"{path.relative_to(ROOT)}: {name}" for name, count in counts.items() if count > 1]
    assert_none(hidden, "stands there twice, and only the last one runs")


def test_tests_lie_nowhere_else() -> None:
    folders = ("q2o_infra", "components", "sandbox", "bench", "policy", "drills")
    strays = [
        path.relative_to(ROOT)
        for folder in folders
        for path in (ROOT / folder).rglob("test_*.py")
        if names_of_tests(path)
    ]
    assert_none(strays, "pytest looks into tests/ only (`testpaths` in pyproject.toml)")


def claims_as_messages(source: str) -> list[int]:
    """Lines of asserts whose message is a comparison: `assert a, b == c` holds whatever `b` is."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assert) and isinstance(node.msg, ast.Compare | ast.BoolOp)
    ]


def test_no_assert_has_a_claim_in_the_place_of_its_message() -> None:
    assert claims_as_messages("assert a, b == (1, 2)") == [1]
    assert claims_as_messages("assert (a, b) == (1, 2), 'why'") == []
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in TESTS.rglob("*.py")
        for line in claims_as_messages(path.read_text(encoding="utf-8"))
    ]
    assert_none(found, "compares nothing: put parentheses around what is compared")
