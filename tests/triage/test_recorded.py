"""Previews that the Pulumi CLI printed (`tests/triage/record.py`): what is caught in each, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from components.base.errors import TriageError
from q2o_infra.triage.previews import Preview, read_preview
from q2o_infra.triage.verdict import TriageDocument, triage, triage_document
from tests.triage.record import CASES, PREVIEWS, STACK

# What is replaced and what is deleted for good, by logical name.
CAUGHT: dict[str, tuple[list[str], list[str]]] = {
    "bucket-kept": ([], []),
    "bucket-replaced": (["data-bucket"], []),
    "create-all": ([], []),
    "key-renamed-with-alias": ([], []),
    "mixed": (["data-store", "data-network", "data-subnet"], ["data-namespace"]),
    "mixed-streamed": (["data-store", "data-network", "data-subnet"], ["data-namespace"]),
    "mixed-with-replacement-steps": (["data-store", "data-network", "data-subnet"], ["data-namespace"]),
    "namespace-deleted": ([], ["data-namespace"]),
    "network-replaced": (["data-network", "data-subnet"], []),
    "no-change": ([], []),
    "protected-queue-replaced": (["data-queue"], []),
    "queue-replaced": ([], []),
    "statefulset-replaced": (["data-store"], []),
    "tags-updated": ([], []),
}
FAILED = ("protected-queue-deleted", "protected-queue-deleted-streamed")


def preview(case: str) -> Preview:
    return read_preview((PREVIEWS / f"{case}.json").read_text(), source=case)


def judged(case: str) -> TriageDocument:
    return triage_document(triage(preview(case), source=case))


def names(urns: list[str]) -> list[str]:
    return sorted(urn.rpartition("::")[2] for urn in urns)


def test_every_recording_is_looked_at() -> None:
    assert sorted(path.stem for path in PREVIEWS.glob("*.json")) == sorted(CASES) == sorted((*CAUGHT, *FAILED))


@pytest.mark.parametrize("case", sorted(CAUGHT))
def test_what_is_stateful_is_caught_and_nothing_is_invented(case: str) -> None:
    found = judged(case)
    replaced, deleted = CAUGHT[case]
    assert (names(found["replaced"]), names(found["deleted"])) == (sorted(replaced), sorted(deleted))
    assert sorted(found["blocked"]) == sorted(found["replaced"] + found["deleted"])
    assert all(urn.startswith(f"urn:pulumi:{STACK}::q2o-infra::") for urn in found["blocked"])


@pytest.mark.parametrize("case", FAILED)
def test_a_preview_that_failed_at_something_protected_does_not_pass(case: str) -> None:
    with pytest.raises(TriageError, match="it is protected") as caught:
        judged(case)
    assert str(caught.value.hint).endswith("::data-queue")


def test_what_is_stateless_is_told_apart() -> None:
    assert names(judged("queue-replaced")["stateless"]) == ["data-queue"]
    assert "data-api" in names(judged("mixed")["stateless"])


def test_what_is_retained_is_kept() -> None:
    assert names(judged("bucket-kept")["kept"]) == ["data-bucket"]


def test_why_is_the_property_that_forces_it() -> None:
    why = {row["urn"].rpartition("::")[2]: row["why"] for row in judged("mixed")["findings"]}
    assert why == {
        "data-namespace": "the program no longer declares it",
        "data-network": "cidrBlock",
        "data-store": "spec.serviceName",
        "data-subnet": "vpcId",
    }


def test_both_forms_and_both_lengths_are_judged_alike() -> None:
    assert judged("mixed") == judged("mixed-streamed") == judged("mixed-with-replacement-steps")


def test_a_replacement_is_several_steps_and_one_finding() -> None:
    rows = [step.operation for step in preview("mixed-with-replacement-steps").steps if step.name == "data-network"]
    assert sorted(rows) == ["create-replacement", "delete-replaced", "replace"]
    assert names(judged("mixed-with-replacement-steps")["replaced"]).count("data-network") == 1


@pytest.mark.parametrize("path", sorted(PREVIEWS.glob("*.json")), ids=lambda path: path.stem)
def test_nothing_of_the_machine_was_recorded(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"[\"/](?:home|root|tmp|work|opt)/", text)
    assert "passphrase" not in text.lower()
    for line in text.splitlines() if path.stem.endswith("streamed") else [text]:
        assert isinstance(json.loads(line), dict)
