"""A preview as Pulumi makes it: the program runs, and nothing that a cloud would answer is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from q2o_infra.plan.monitor import STACK_TYPE, Registered, Registration, run_program


class _Withholding:
    def __init__(self) -> None:
        self.seen: dict[str, Registration] = {}

    def register(self, registration: Registration) -> Registered:
        if registration.type != STACK_TYPE:
            self.seen[registration.urn] = registration
        # Without an id a previewing SDK takes id and every output that is not an input as unknown. Azure takes
        # identities as a list and tells them as a map, so its provider tells none in a preview.
        azure = registration.type.startswith("azure-native:")
        outputs = {key: value for key, value in registration.wire_inputs.items() if not (azure and key == "identity")}
        return Registered(outputs=outputs)

    def register_outputs(self, urn: str, outputs: dict[str, Any]) -> None:
        """Take no notice."""


def previewed(program: Callable[[], None], *, stack: str) -> frozenset[str]:
    """Return the URNs of what `program` registers in a preview of resources that do not exist yet."""
    engine = _Withholding()
    run_program(program, engine, stack=stack, preview=True)
    return frozenset(engine.seen)
