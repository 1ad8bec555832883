"""Nobody but the committee can open a gate, nor take the gate away."""

from __future__ import annotations

import pytest

from q2o_infra.stack_files import ROOT
from tests.support.assertions import assert_none

COMMITTEE = ["@q2o/steering-committee"]
ROWS = [
    (pattern, owners)
    for line in (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
    for pattern, *owners in (line.split(),)
]


def owners_of(path: str) -> list[str]:
    """Who owns a path: the last line that fits wins. Lines here are `*`, `/folder/` and `/file`."""
    fitting = [owners for pattern, owners in ROWS if pattern == "*" or fits(pattern, path)]
    return fitting[-1]


def fits(pattern: str, path: str) -> bool:
    return f"/{path}".startswith(pattern) if pattern.endswith("/") else f"/{path}" == pattern


@pytest.mark.parametrize(
    "path",
    [
        "records/us-east/phase-1.yaml",
        ".github/CODEOWNERS",
        "q2o_infra/gates/permission.py",
        "q2o_infra/gates/records.py",
        "q2o_infra/program.py",
    ],
)
def test_a_gate_is_the_committees_alone(path: str) -> None:
    """Any owner of a line may approve, so a second one beside the committee would be enough without it."""
    assert owners_of(path) == COMMITTEE


def test_the_rest_is_not_the_committees() -> None:
    assert owners_of(".github/workflows/check.yaml") == ["@q2o/platform-engineering", "@q2o/security"]
    assert owners_of("releases/us-east.yaml") == ["@q2o/application-teams"]
    assert owners_of("components/network/aws.py") == ["@q2o/platform-engineering"]


def test_every_line_is_of_a_path_that_exists() -> None:
    gone = [pattern for pattern, _ in ROWS if pattern != "*" and not (ROOT / pattern.strip("/")).exists()]
    assert_none(gone, "a line that protects nothing")
