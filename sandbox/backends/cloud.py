"""The simulated clouds: nothing but entries, with what a cloud would refuse and how long it would take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from typing import Protocol

from clouds.catalogue import kind_of
from clouds.kind import Subject
from components.base.errors import SandboxError
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import Registered
from q2o_infra.plan.simulation import simulate
from sandbox.backends.contract import Wanted, entry_of
from sandbox.world import Entry, World

SIMULATED = ("aws", "azure-native", "gcp", "kubernetes", "random")
"""Providers that stand in for a cloud, a cluster or chance."""


class Consequence(Protocol):
    """What else happens when a resource of some type changes: a node group has nodes."""

    def bring(self, entry: Entry) -> None:
        """Bring about what comes with the resource as it is now; called after a create and after an update."""

    def remove(self, entry: Entry) -> None:
        """Take that away; called before the resource is forgotten."""


class CloudBackend:
    """Creates, changes and deletes entries.

    `time_scale` is the share of a cloud's usual time that an operation takes here; 0 means at once.
    """

    def __init__(
        self,
        world: World,
        *,
        consequences: Mapping[str, Consequence] | None = None,
        time_scale: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._world = world
        self._consequences = consequences or {}
        self._scale = time_scale
        self._sleep = sleep

    def create(self, wanted: Wanted) -> Registered:
        """Make it. Raises `SandboxError` for a missing input, a taken id or name, or one reserved after deletion."""
        kind = kind_of(wanted.type)
        generation = self._world.next_generation(wanted.urn)
        subject = _subject(wanted, generation=generation)
        registered = simulate(subject, wanted.wire_inputs)
        if kind.unique:
            self._wait_for_name(wanted, str(subject.inputs.get(kind.unique, "")))
        entry = entry_of(wanted, registered, generation=generation)
        self._world.claim(kind, entry)
        self._take(kind.seconds.create)
        if consequence := self._consequences.get(wanted.type):
            consequence.bring(entry)
        self._world.put(replace(entry, complete=True))
        return registered

    def update(self, entry: Entry, wanted: Wanted) -> Registered:
        """Change it in place."""
        kind = kind_of(wanted.type)
        revision = entry.revision + 1
        subject = _subject(wanted, generation=entry.generation, revision=revision)
        registered = simulate(subject, wanted.wire_inputs)
        new = replace(entry, inputs=wanted.wire_inputs, outputs=registered.outputs, revision=revision)
        self._world.put(replace(new, complete=False))
        self._take(kind.seconds.update)
        if consequence := self._consequences.get(wanted.type):
            consequence.bring(new)
        self._world.put(replace(new, complete=True))
        return replace(registered, id=entry.id)

    def delete(self, entry: Entry) -> None:
        """Remove it; its name stays reserved where the cloud does that."""
        kind = kind_of(entry.type)
        if self._world.find(entry.type, entry.id, entry.urn) is None:
            return
        self._take(kind.seconds.delete)
        if consequence := self._consequences.get(entry.type):
            consequence.remove(entry)
        self._world.remove(kind, entry)

    def forget(self, entry: Entry) -> None:
        """Strike it out without any consequence."""
        self._world.remove(kind_of(entry.type), entry)

    def _wait_for_name(self, wanted: Wanted, name: str) -> None:
        # The AWS provider retries while a deleted queue's name is reserved; so does this, in scaled time.
        seconds = self._world.seconds_until_free(kind_of(wanted.type), name)
        if seconds == inf:
            raise SandboxError(
                f"{wanted.type} {name}: the cloud never gives this name back after a deletion; raise the generation "
                f"that is part of it."
            )
        if seconds * self._scale:
            self._sleep(seconds * self._scale)

    def _take(self, seconds: float) -> None:
        if self._scale:
            self._sleep(seconds * self._scale)


def _subject(wanted: Wanted, *, generation: int, revision: int = 0) -> Subject:
    return Subject(
        urn=wanted.urn,
        type=wanted.type,
        inputs=wire.unwrap(wanted.wire_inputs),
        place=wanted.place,
        generation=generation,
        revision=revision,
    )


def refuse_unknown_provider(package: str) -> None:
    """Raise `SandboxError` for a provider that the sandbox does not simulate."""
    if package not in SIMULATED:
        raise SandboxError(
            f"provider {package}: the sandbox simulates {', '.join(SIMULATED)}; "
            f"add a table for {package} to the folder clouds."
        )
