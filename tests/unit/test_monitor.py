"""The monitor that runs the program in this process: what it hands on, and how a failure ends a run."""

from __future__ import annotations

import threading
import time

import pulumi
import pytest

from components.base.errors import PlanError
from q2o_infra.plan.monitor import Registered, Registration, make_urn, run_program


class Slow:
    """An engine whose resources take half a second, and whose `bad` one fails at once."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self._lock = threading.Lock()

    def register(self, registration: Registration) -> Registered:
        if not registration.custom:
            return Registered()
        with self._lock:
            self.begun.append(registration.name)
        if registration.name == "bad":
            raise RuntimeError("the cloud refused it")
        time.sleep(0.5)
        with self._lock:
            self.ended.append(registration.name)
        return Registered(id=registration.name, outputs=registration.wire_inputs)

    def register_outputs(self, urn: str, outputs: dict[str, object]) -> None:
        pass


def a_chain_beside_a_failure() -> None:
    pulumi.CustomResource("test:index:Thing", "bad", {})
    before: list[pulumi.Resource] = []
    for number in range(4):
        opts = pulumi.ResourceOptions(depends_on=list(before))
        before = [pulumi.CustomResource("test:index:Thing", f"thing-{number}", {}, opts)]


def test_after_a_failure_nothing_new_begins_and_what_is_under_way_ends() -> None:
    engine = Slow()

    with pytest.raises(RuntimeError, match="the cloud refused it"):
        run_program(a_chain_beside_a_failure, engine, stack="us-east", threads=8)

    assert sorted(engine.begun) == ["bad", "thing-0"]
    assert engine.ended == ["thing-0"], "what was begun must be written down before the run ends"


def test_independent_resources_are_made_at_the_same_time() -> None:
    running = threading.Barrier(4, timeout=60)

    class Together(Slow):
        def register(self, registration: Registration) -> Registered:
            if registration.custom:
                running.wait()
            return Registered(id=registration.name)

    def program() -> None:
        for number in range(4):
            pulumi.CustomResource("test:index:Thing", f"thing-{number}", {})

    run_program(program, Together(), stack="us-east", threads=8)  # a barrier that is never full raises


def test_a_cloud_look_up_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(PlanError) as refusal:
        run_program(lambda: pulumi.runtime.invoke("aws:index/getRegion:getRegion", {}), Slow(), stack="us-east")

    assert refusal.value.message == (
        "aws:index/getRegion:getRegion: cloud look-ups are not allowed, because a plan needs no credentials; "
        "put the value into the settings or a static table."
    )


def test_reading_what_the_program_did_not_make_is_refused() -> None:
    def program() -> None:
        pulumi.CustomResource("test:index:Thing", "theirs", {}, pulumi.ResourceOptions(id="i-1"))

    with pytest.raises(PlanError, match=r"theirs \(test:index:Thing\): reading a resource that the program did not"):
        run_program(program, Slow(), stack="us-east")


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ("", "urn:pulumi:s::p::a:b:C::n"),
        ("urn:pulumi:s::p::pulumi:pulumi:Stack::p-s", "urn:pulumi:s::p::a:b:C::n"),
        ("urn:pulumi:s::p::q2o:x:Outer$q2o:x:Inner::in", "urn:pulumi:s::p::q2o:x:Outer$q2o:x:Inner$a:b:C::n"),
    ],
    ids=["no-parent", "the-stack", "a-component-in-a-component"],
)
def test_a_urn_holds_the_types_of_all_components_above(parent: str, expected: str) -> None:
    assert make_urn(stack="s", project="p", parent=parent, type_="a:b:C", name="n") == expected
