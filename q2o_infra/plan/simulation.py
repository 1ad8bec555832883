"""What a resource would be in the simulated clouds, and where its provider works: for plans and for the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clouds.catalogue import kind_of, place_of, refuse
from clouds.kind import Place, Subject, check
from components.base.errors import SandboxError
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import PROVIDER_PREFIX, Registered, Registration


def simulate(subject: Subject, wire_inputs: dict[str, Any]) -> Registered:
    """Return the id and outputs that `subject` would have; inputs come back as outputs, secrets still wrapped.

    A subject with an id is taken over and keeps it. Raises `SandboxError` for an unknown type or a missing required
    input.
    """
    kind = kind_of(subject.type)
    refuse(subject.urn, check(kind, subject.inputs))
    identity = subject.id or kind.identity(subject)
    outputs = {**wire_inputs, **kind.outputs(replace(subject, id=identity))}
    for key in kind.secret_outputs & outputs.keys():
        outputs[key] = wire.wrap_secret(outputs[key])
    return Registered(id=identity, outputs=outputs)


class Places:
    """Remembers where each provider instance works, by its reference (`<urn>::<id>`)."""

    def __init__(self) -> None:
        self._by_reference: dict[str, Place] = {}

    def register(self, registration: Registration) -> Registered:
        """Take note of a provider; its id is its name."""
        package = registration.type.removeprefix(PROVIDER_PREFIX)
        self._by_reference[f"{registration.urn}::{registration.name}"] = place_of(package, registration.inputs)
        return Registered(id=registration.name, outputs=registration.wire_inputs)

    def of(self, registration: Registration) -> Place:
        """Return the place of a resource's provider. Raises `SandboxError` where no explicit provider is given."""
        if not registration.provider:
            raise SandboxError(
                f"{registration.type} {registration.name}: default providers are disabled; "
                f"give the resource or a component above it an explicit provider."
            )
        return self._by_reference[registration.provider]
