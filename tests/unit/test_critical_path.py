"""The critical path of a recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from q2o_infra.plan.critical_path import Reason, critical_path, edge_costs
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording


def a_resource(
    name: str,
    *,
    type_: str = "cloud:thing",
    data: Sequence[str] = (),
    depends_on: Sequence[str] = (),
    provider: str = "",
    deleted_with: str = "",
) -> Registration:
    return Registration(
        urn=name,
        type=type_,
        name=name,
        provider=provider and f"{provider}::id",
        # The engine is told of every dependency, and apart from that which inputs carry which.
        dependencies=(*data, *depends_on),
        property_dependencies={"input": tuple(data)},
        deleted_with=deleted_with,
    )


def a_recording(*resources: Registration) -> Recording:
    return Recording(resources=resources, exports={})


def names(recording: Recording, seconds: Mapping[str, float]) -> list[str]:
    return [step.name for step in critical_path(recording, lambda row: seconds[row.name]).steps]


def test_a_chain_takes_as_long_as_all_its_links_together():
    chain = a_recording(a_resource("a"), a_resource("b", data=["a"]), a_resource("c", data=["b"]))
    path = critical_path(chain, lambda row: {"a": 1.0, "b": 20.0, "c": 300.0}[row.name])
    assert [(step.name, step.seconds, step.ends_seconds) for step in path.steps] == [
        ("a", 1.0, 1.0),
        ("b", 20.0, 21.0),
        ("c", 300.0, 321.0),
    ]
    assert path.seconds == 321.0


def test_of_a_diamond_only_the_slower_side_is_on_the_path():
    diamond = a_recording(
        a_resource("top"),
        a_resource("quick", data=["top"]),
        a_resource("slow", data=["top"]),
        a_resource("bottom", data=["quick", "slow"]),
    )
    assert names(diamond, {"top": 1, "quick": 2, "slow": 9, "bottom": 1}) == ["top", "slow", "bottom"]


def test_what_is_unrelated_does_not_add_up():
    apart = a_recording(a_resource("a"), a_resource("b"))
    path = critical_path(apart, lambda row: {"a": 4.0, "b": 7.0}[row.name])
    assert [step.name for step in path.steps] == ["b"]
    assert path.seconds == 7.0


def test_a_long_detour_of_short_steps_beats_one_long_step():
    recording = a_recording(
        a_resource("long"),
        a_resource("short-1"),
        a_resource("short-2", data=["short-1"]),
        a_resource("short-3", data=["short-2"]),
        a_resource("end", data=["long", "short-3"]),
    )
    seconds = {"long": 10, "short-1": 4, "short-2": 4, "short-3": 4, "end": 1}
    assert names(recording, seconds) == ["short-1", "short-2", "short-3", "end"]


def test_every_wait_says_why():
    recording = a_recording(
        a_resource("provider"),
        a_resource("by-provider", provider="provider"),
        a_resource("by-data", data=["by-provider"]),
        a_resource("by-hand", depends_on=["by-data"]),
        a_resource("by-deletion", deleted_with="by-hand"),
    )
    path = critical_path(recording, lambda _: 1.0)
    assert [step.reason for step in path.steps] == [
        None,
        Reason.PROVIDER,
        Reason.DATA,
        Reason.EXPLICIT,
        Reason.DELETED_WITH,
    ]


def test_data_flow_is_named_before_an_edge_written_down_beside_it():
    recording = a_recording(a_resource("a"), a_resource("b", data=["a"], depends_on=["a"]))
    assert critical_path(recording, lambda _: 1.0).steps[1].reason is Reason.DATA


def test_what_was_not_recorded_is_not_waited_for():
    assert names(a_recording(a_resource("a", depends_on=["elsewhere"])), {"a": 1}) == ["a"]


def test_of_equally_long_paths_the_answer_is_always_the_same():
    rows = [a_resource("a"), a_resource("b"), a_resource("end", data=["b", "a"])]
    seconds = {"a": 1, "b": 1, "end": 1}
    assert names(a_recording(*rows), seconds) == names(a_recording(*reversed(rows)), seconds) == ["a", "end"]


def test_an_empty_program_takes_no_time():
    assert critical_path(a_recording(), lambda _: 1.0).seconds == 0.0


def test_an_edge_costs_what_the_path_would_be_shorter_without_it():
    recording = a_recording(
        a_resource("slow"),
        a_resource("quick"),
        a_resource("end", data=["quick"], depends_on=["slow"]),
    )
    (cost,) = edge_costs(recording, lambda row: {"slow": 9.0, "quick": 2.0, "end": 5.0}[row.name])
    assert (cost.waiting, cost.awaited, cost.reason) == (("end",), "slow", Reason.EXPLICIT)
    assert cost.seconds == 5.0, "the slow one is still made, so of 14 seconds 9 remain"


def test_data_flow_is_no_cost_because_it_cannot_be_left_out():
    assert edge_costs(a_recording(a_resource("a"), a_resource("b", data=["a"])), lambda _: 1.0) == ()


def test_alike_resources_that_wait_for_one_thing_are_one_cost():
    recording = a_recording(
        a_resource("nodes"),
        *(a_resource(name, type_="cloud:deployment", depends_on=["nodes"]) for name in ("api", "agent")),
        a_resource("other", depends_on=["nodes"]),
    )
    seconds = {"nodes": 10.0, "api": 5.0, "agent": 5.0, "other": 1.0}
    (cost,) = edge_costs(recording, lambda row: seconds[row.name])
    assert cost.waiting == ("agent", "api")
    assert cost.seconds == 4.0, "the third one still waits for the nodes, and ends a second after them"


def test_an_edge_beside_an_equally_long_path_costs_nothing():
    recording = a_recording(a_resource("a"), a_resource("b"), a_resource("end", data=["b"], depends_on=["a"]))
    assert edge_costs(recording, lambda _: 1.0) == ()
