"""Every replacement or deletion of something stateful is caught, none is invented; whatever the order and the names."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from components.base.errors import TriageError
from q2o_infra.stateful import EXEMPT, OUTAGES, RELEASE, STATEFUL, lost_with
from q2o_infra.triage.previews import read_preview
from q2o_infra.triage.verdict import DELETING, HARMLESS, REPLACING, TriageDocument, triage, triage_document
from tests.triage.documents import STEPS, document, some_name, steps, streamed, urn

STATELESS = ("aws:iam/role:Role", "aws:sqs/queue:Queue", "kubernetes:apps/v1:Deployment", "q2o:data:Thing", RELEASE)
BUCKET = "aws:s3/bucket:Bucket"
STORE = "kubernetes:apps/v1:StatefulSet"
# pulumi: pkg/resource/deploy/step.go, the constants of `display.StepOp`
OPERATIONS = {
    *("same", "create", "update", "delete", "replace", "create-replacement", "delete-replaced", "read"),
    *("read-replacement", "refresh", "discard", "discard-replaced", "remove-pending-replace", "import"),
    *("import-replacement", "diff", "extend-parameterize"),
}


def judged(rows: list[dict[str, Any]], *acknowledged: str, form: Any = document) -> TriageDocument:
    return triage_document(
        triage(read_preview(form(rows), source="p.json"), source="p.json", acknowledged=acknowledged)
    )


@pytest.mark.parametrize("form", [document, streamed])
@pytest.mark.parametrize("seed", range(25))
def test_what_is_caught_is_exactly_what_was_put_in(seed: int, form: Any) -> None:
    chance = random.Random(seed)
    rows, replaced, deleted, stateless = [], set(), set(), set()
    for _ in range(40):
        type_ = chance.choice((*STATEFUL, *OUTAGES, *STATELESS))
        name, change = some_name(chance), chance.choice(tuple(STEPS))
        protected = chance.random() < 0.2
        rows += steps(type_, name, change, protect=protected)
        if change.startswith("replace") or change == "delete":
            costly = type_ not in STATELESS or protected
            (stateless if not costly else deleted if change == "delete" else replaced).add(urn(type_, name))
    chance.shuffle(rows)
    found = judged(rows, form=form)
    assert found["replaced"] == sorted(replaced)
    assert found["deleted"] == sorted(deleted)
    assert found["stateless"] == sorted(stateless)
    assert found["blocked"] == sorted(replaced | deleted)
    assert found["acknowledged"] == found["kept"] == []


@pytest.mark.parametrize("seed", range(10))
def test_what_is_acknowledged_is_not_blocked_and_all_else_stays_so(seed: int) -> None:
    chance = random.Random(seed)
    rows = [row for _ in range(10) for row in steps(chance.choice((*STATEFUL,)), some_name(chance), "replace")]
    urns = sorted({row["urn"] for row in rows})
    seen = sorted(chance.sample(urns, chance.randrange(len(urns))))
    found = judged(rows, *seen)
    assert found["acknowledged"] == seen
    assert found["blocked"] == sorted(set(urns) - set(seen))
    assert found["replaced"] == urns, "acknowledged or not, it is replaced"


@pytest.mark.parametrize("type_", [*STATEFUL, *OUTAGES])
@pytest.mark.parametrize("change", ["replace-told-in-one", "delete"])
def test_each_type_of_the_table_is_caught_with_its_sentence(type_: str, change: str) -> None:
    found = judged(steps(type_, "data", change))
    assert found["blocked"] == [urn(type_, "data")]
    assert found["findings"][0]["lost"] == {**STATEFUL, **OUTAGES}[type_]


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_each_operation_of_the_engine_is_placed(operation: str) -> None:
    assert sum(operation in group for group in (REPLACING, DELETING, HARMLESS)) == 1
    [row] = steps(BUCKET, "data", "update")
    found = judged([{**row, "op": operation}])
    caught = operation in REPLACING | DELETING
    assert found["blocked"] == ([row["urn"]] if caught else [])


def test_these_are_all_operations() -> None:
    assert REPLACING | DELETING | HARMLESS == OPERATIONS


def test_an_operation_that_nobody_has_placed_does_not_pass() -> None:
    [row] = steps(BUCKET, "data", "update")
    with pytest.raises(TriageError, match="the operation 'evaporate' is not known, so nobody knows what it costs"):
        judged([{**row, "op": "evaporate"}])


# What is stateful


@pytest.mark.parametrize(
    "type_",
    [
        "kubernetes:kafka.strimzi.io/v1beta2:Kafka",
        "kubernetes:apps/v1beta2:StatefulSet",
        "azure-native:storage/v20240101:StorageAccount",
        "azure-native:keyvault/v20240401preview:Vault",
    ],
)
def test_another_version_of_an_api_is_the_same_thing(type_: str) -> None:
    assert lost_with(type_, "data")


@pytest.mark.parametrize(
    "type_",
    ["kubernetes:apps/v1:Deployment", "kubernetes:example.org/v1:Namespace", "aws:s3/bucketPolicy:BucketPolicy"],
)
def test_what_only_sounds_alike_is_not_stateful(type_: str) -> None:
    assert lost_with(type_, "data") == ""


def test_no_type_stands_in_both_tables() -> None:
    assert not STATEFUL.keys() & OUTAGES.keys()


def test_a_release_is_stateful_when_its_chart_carries_definitions() -> None:
    def lost(chart: str) -> str:
        found = judged(steps(RELEASE, "some", "delete", inputs={"chart": chart}))
        return "".join(row["lost"] for row in found["findings"])

    assert lost("oci://public.ecr.aws/karpenter/karpenter-crd") == (
        "takes its definitions along, and every object of their kinds"
    )
    assert lost("prometheus-operator-crds")
    assert not lost("oci://public.ecr.aws/karpenter/karpenter")
    assert not lost("metrics-server")


def test_what_is_exempt_from_protection_is_not_shouted_either() -> None:
    for type_, name in EXEMPT:
        assert judged(steps(type_, name, "delete"))["blocked"] == []
        assert judged(steps(type_, f"other-{name}", "delete"))["blocked"] != []


def test_a_component_holds_nothing_itself() -> None:
    found = judged(steps("q2o:data:Data", "data", "delete", custom=False))
    assert (found["blocked"], len(found["stateless"])) == ([], 1)


def test_what_somebody_protected_is_shouted_whatever_its_type() -> None:
    found = judged(steps("aws:sqs/queue:Queue", "data", "replace", protect=True))
    assert found["findings"] == [
        {
            "urn": urn("aws:sqs/queue:Queue", "data"),
            "change": "replaced",
            "why": "some",
            "lost": "somebody protected it",
        }
    ]


def test_what_was_only_read_is_not_lost() -> None:
    for change in ("delete", "replace"):
        assert judged(steps(BUCKET, "data", change, external=True))["blocked"] == []


# What stays where it is


def test_a_deletion_that_leaves_the_thing_alone_is_kept_and_not_blocked() -> None:
    found = judged(steps(BUCKET, "data", "delete", retainOnDelete=True))
    assert found["kept"] == [urn(BUCKET, "data")]
    assert found["deleted"] == found["blocked"] == []


def test_a_replacement_is_blocked_even_if_the_old_one_stays() -> None:
    assert judged(steps(BUCKET, "data", "replace", retainOnDelete=True))["blocked"] == [urn(BUCKET, "data")]


def test_what_goes_with_another_is_not_kept_when_that_one_goes() -> None:
    cluster = "aws:eks/cluster:Cluster"
    inside = steps(STORE, "data", "delete", retainOnDelete=True, deletedWith=urn(cluster, "cluster"))
    assert judged(inside)["blocked"] == [], "the cluster stays, and so does what is in it"
    for change in ("delete", "replace"):
        assert urn(STORE, "data") in judged([*inside, *steps(cluster, "cluster", change)])["deleted"]
    kept = judged([*inside, *steps(cluster, "cluster", "delete", retainOnDelete=True)])
    assert len(kept["kept"]) == 2


def test_two_that_go_with_one_another_do_not_go_round_in_circles() -> None:
    first = steps(BUCKET, "a", "delete", retainOnDelete=True, deletedWith=urn(BUCKET, "b"))
    second = steps(BUCKET, "b", "delete", retainOnDelete=True, deletedWith=urn(BUCKET, "a"))
    assert len(judged([*first, *second])["kept"]) == 2


# Why


def test_why_names_the_property_that_forces_and_not_those_that_merely_differ() -> None:
    [row] = steps(BUCKET, "data", "replace-told-in-one")
    difference = {"tags": {"kind": "update"}, "bucket": {"kind": "update-replace"}}
    changed = {**row, "replaceReasons": [], "diffReasons": ["bucket", "tags"], "detailedDiff": difference}
    assert judged([changed])["findings"][0]["why"] == "bucket"


def test_why_without_a_property_is_said_in_words() -> None:
    [row] = steps(BUCKET, "data", "replace-told-in-one")
    assert judged([{**row, "replaceReasons": []}])["findings"][0]["why"] == "what it depends on is replaced"
    assert judged(steps(BUCKET, "data", "delete"))["findings"][0]["why"] == "the program no longer declares it"


# Documents that cannot be judged

WHOLE = document(steps(STORE, "data", "replace"))
STREAM = streamed(steps(STORE, "data", "replace"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "p.json: there is nothing in it: a preview has at least a summary"),
        (" \n", "p.json: there is nothing in it: a preview has at least a summary"),
        (WHOLE[:-40], "p.json: this is not JSON, or not all of it: "),
        ("error: no stack selected", "p.json: this is not JSON, or not all of it: expecting value in line 1"),
        ('{"steps": [\n{"op": "sa', "not all of it: unterminated string starting in line 2; make it anew"),
        ("[" * 100_000, "p.json: this nests deeper than any preview; make it anew"),
        ("[]", "p.json: this is JSON, but of no preview"),
        ('{"version": 3, "deployment": {}}', "p.json: this is JSON, but of no preview"),
        ("null", "p.json: this is JSON, but of no preview"),
        ('{"steps": [{"op": "delete"}], "changeSummary": {"same": 1}}', "a step in it lacks what every step has"),
        ('{"steps": [{"op": "delete", "urn": "x"}], "changeSummary": {"same": 1}}', "a step in it lacks"),
        ('{"steps": "many"}', "a step in it lacks"),
        ('{"steps": []}', "p.json: the preview did not come to its end: there is no summary in it"),
        ('{"diagnostics": [{"severity": "warning", "message": "a"}]}', "the preview did not come to its end"),
        (
            '{"changeSummary": {"replace": 1}}',
            "its summary counts 1 replace and its steps show 0: something is missing",
        ),
        ("\n".join(STREAM.splitlines()[:-2]), "p.json: the preview did not come to its end"),
        (STREAM[: len(STREAM) // 2], "p.json: this is not JSON, or not all of it"),
        (STREAM + "{}\n", "p.json: a line in it is no event of the engine"),
    ],
)
def test_what_is_no_whole_preview_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(TriageError) as caught:
        triage(read_preview(text, source="p.json"), source="p.json")
    assert words in caught.value.message
    assert caught.value.message.startswith("p.json: ")
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("length", range(1, len(WHOLE), 37))
def test_no_part_of_a_document_passes_for_the_whole(length: int) -> None:
    with pytest.raises(TriageError):
        triage(read_preview(WHOLE[:length], source="p.json"), source="p.json")


@pytest.mark.parametrize("lines", range(len(STREAM.splitlines()) - 1))
def test_no_part_of_a_stream_passes_for_the_whole(lines: int) -> None:
    with pytest.raises(TriageError):
        triage(read_preview("\n".join(STREAM.splitlines()[:lines]), source="p.json"), source="p.json")


def test_a_preview_that_failed_does_not_pass_and_names_what_it_had_come_to() -> None:
    said = {"severity": "error", "message": "error: it is\nprotected.\n", "urn": "u"}
    with pytest.raises(TriageError) as caught:
        judged(steps(BUCKET, "data", "delete"), form=lambda rows: document(rows, diagnostics=[said]))
    assert caught.value.message == (
        "p.json: the preview failed, so it does not show everything: it is protected; mend that and preview again."
    )
    assert caught.value.hint == f"up to there it would replace or delete {urn(BUCKET, 'data')}"


def test_a_warning_is_no_failure() -> None:
    said = {"severity": "warning", "message": "`pulumi up` will be refused"}
    assert judged([], form=lambda rows: document(rows, diagnostics=[said]))["blocked"] == []


@pytest.mark.parametrize(
    "event",
    [
        {"diagnosticEvent": {"severity": "error", "message": "it broke", "color": "never"}},
        {"policyEvent": {"enforcementLevel": "mandatory", "message": "it broke"}},
        {"errorEvent": {"error": "it broke"}},
    ],
    ids=lambda event: next(iter(event)),
)
def test_a_stream_with_a_failure_does_not_pass(event: dict[str, Any]) -> None:
    line = json.dumps({"sequence": 99, "timestamp": 0, **event})
    with pytest.raises(TriageError, match="the preview failed, so it does not show everything: it broke"):
        triage(read_preview(f"{STREAM}{line}\n", source="p.json"), source="p.json")


def test_a_stream_whose_result_is_no_success_does_not_pass() -> None:
    with pytest.raises(TriageError, match="the preview canceled"):
        judged([], form=lambda rows: streamed(rows, result="canceled"))


# Acknowledgements


def test_an_acknowledgement_of_what_needs_none_is_refused() -> None:
    rows = [*steps(BUCKET, "data", "replace"), *steps("aws:sqs/queue:Queue", "data", "delete")]
    for other in ("urn:of:nothing", urn("aws:sqs/queue:Queue", "data")):
        with pytest.raises(TriageError) as caught:
            judged(rows, other)
        assert caught.value.message == (
            f"--acknowledge: '{other}' is not allowed: the preview asks for {urn(BUCKET, 'data')}; copy a URN from "
            f"there, or leave it out."
        )
