"""The accounts in the simulated clouds: entries of the world, refused as a cloud refuses, as slow as it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from math import inf
from typing import Protocol

from clouds.catalogue import kind_of
from clouds.kind import Subject
from components.base.errors import SandboxError
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import Registered
from q2o_infra.plan.simulation import simulate
from sandbox.engine.deployment import Known
from sandbox.providers.contract import Wanted, entry_of
from sandbox.world import Entry, World

CLUSTERS = frozenset(
    {
        "aws:eks/cluster:Cluster",
        "azure-native:containerservice:ManagedCluster",
        "gcp:container/cluster:Cluster",
    }
)
"""Types whose one resource is the local cluster."""


class Consequence(Protocol):
    """What else happens when a resource of some type changes: a node group has nodes."""

    def bring(self, entry: Entry) -> None:
        """Bring about what comes with the resource as it is now; called after a create and after an update."""

    def remove(self, entry: Entry) -> None:
        """Take that away; called before the resource is forgotten."""


class Accounts:
    """Creates, changes and deletes entries. Safe to use from many threads.

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
        self.closing = False
        """Whether retained resources go too once the engine has forgotten them: the end of an interrupted takedown."""

    def create(self, wanted: Wanted) -> Registered:
        """Create a resource.

        Raises `SandboxError` for a missing input, a taken id or name, or one reserved after deletion.
        """
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
        """Remove the entry alone: the resource went with another one."""
        self._world.remove(kind_of(entry.type), entry)

    def entry(self, known: Known) -> Entry:
        """Return the entry of a resource; one that only the state has is returned as an empty one."""
        found = [entry for entry in self._world.entries() if (entry.type, entry.id) == (known.type, known.id)]
        if len(found) == 1:
            # An alias gives a resource another URN, and the engine tells no provider.
            return replace(found[0], urn=known.urn)
        return self._world.find(known.type, known.id, known.urn) or Entry(urn=known.urn, type=known.type, id=known.id)

    def existing(self) -> set[Known]:
        """Return every resource that exists or was begun."""
        return {_known(entry) for entry in self._world.entries()}

    def orphans(self, known: Collection[Known]) -> list[Entry]:
        """Return the entries that are not `known`, newest first; retained ones only when the account closes."""
        return [entry for entry in reversed(self._unknown(known)) if self.closing or not entry.kept]

    def keep(self, known: Collection[Known], *, retained: Collection[Known]) -> None:
        """Note which of the `known` remain when the engine forgets them: it tells no provider when it does."""
        for entry in self._world.entries():
            if (found := _known(entry)) in known and entry.kept != (found in retained):
                self._world.put(replace(entry, kept=found in retained))

    def rename(self, known: Collection[Known]) -> None:
        """Follow aliases: the engine gives a resource its new URN and tells no provider."""
        entries = self._world.entries()
        for row in set(known) - {_known(entry) for entry in entries}:
            former = [
                entry
                for entry in entries
                if (entry.type, entry.id) == (row.type, row.id) and _known(entry) not in known
            ]
            if len(former) == 1:
                self._world.put(replace(former[0], urn=row.urn))

    def _unknown(self, known: Collection[Known]) -> list[Entry]:
        return [entry for entry in self._world.entries() if _known(entry) not in known]

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


def _known(entry: Entry) -> Known:
    return Known(type=entry.type, id=entry.id, urn=entry.urn)
