"""An engine in this process, for machines without the Pulumi CLI.

It registers resources as the program declares them, compares each with what it made before, and afterwards deletes
what the program no longer declares. It has no preview of its own (`q2o plan` is that) and no secrets provider. Where a
new resource cannot stand beside the old one, it deletes whatever depends on the old one first, by an input or by
`depends_on`; Pulumi keeps the latter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from clouds.catalogue import answer
from clouds.kind import Place
from components.base.errors import SandboxError
from q2o_infra.plan.monitor import (
    PROVIDER_PREFIX,
    STACK_TYPE,
    Registered,
    Registration,
    run_program,
)
from q2o_infra.plan.simulation import Places
from sandbox.backends.cloud import refuse_unknown_provider
from sandbox.backends.contract import Wanted, compare, with_ignored
from sandbox.backends.router import Known, Router
from sandbox.engines.deletion import delete_all
from sandbox.engines.state import Resource, State, resource_of
from sandbox.engines.steps import Action, Journal

_THREADS = 32


class EmbeddedEngine:
    """Brings the world to what the program declares."""

    def __init__(self, state: State, router: Router, journal: Journal) -> None:
        self._state = state
        self._router = router
        self._journal = journal
        self._places = Places()
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self.exports: dict[str, Any] = {}

    def up(self, program: Callable[[], None], *, stack: str) -> None:
        """Run `program`, create and update what it declares, delete what it no longer does.

        Raises what the program or the world raises; what was done until then stays, and the next run goes on.
        """
        self.recover()
        run_program(program, self, stack=stack, threads=_THREADS, answer=answer)
        gone = [row for row in self._state.resources() if row.replaced or row.urn not in self._seen]
        delete_all(gone, self._delete, protected=_refuse_protected)
        self._settle()

    def down(self) -> None:
        """Delete everything that the engine made."""
        self.recover()
        delete_all(self._state.resources(), self._delete, protected=_refuse_protected)
        self._settle()

    def recover(self) -> None:
        """Put right what an interrupted run, or somebody beside this program, left.

        What was begun and is in no state is removed; what the state has and the world has not is forgotten, so that
        it is made anew.
        """
        existing = self._router.existing()
        orphans = self._router.orphans(self._known_ids())
        for entry in orphans:
            with self._journal.step(Action.CLEAN, entry.urn):
                self._router.backend(entry.type).delete(entry)
        if orphans:  # a namespace or a cluster takes along what is inside
            existing = self._router.existing()
        for row in self._state.resources():
            if row.custom and not row.is_provider and (row.type, row.id, row.urn) not in existing:
                self._state.remove(row)

    def register(self, registration: Registration) -> Registered:
        """Carry out one registration; called by the monitor from many threads."""
        with self._lock:
            if registration.urn in self._seen:
                raise SandboxError(
                    f"{registration.urn}: two resources have this URN; give one of them another logical name."
                )
            self._seen.add(registration.urn)
        if registration.type == STACK_TYPE or not registration.custom:
            self._state.put(resource_of(registration, id_="", place=Place(), outputs={}))
            return Registered()
        if registration.type.startswith(PROVIDER_PREFIX):
            refuse_unknown_provider(registration.type.removeprefix(PROVIDER_PREFIX))
            registered = self._places.register(registration)
            self._state.put(resource_of(registration, id_=registered.id, place=Place(), outputs=registered.outputs))
            return registered
        return self._carry_out(registration)

    def register_outputs(self, urn: str, outputs: dict[str, Any]) -> None:
        """Keep the outputs of a component, or the stack's own."""
        resource = self._state.get(urn)
        if resource is not None:
            self._state.put(replace(resource, outputs=outputs))
            if resource.type == STACK_TYPE:
                self.exports = outputs

    def _carry_out(self, registration: Registration) -> Registered:
        old = self._known(registration)
        if old is not None and registration.ignore_changes:
            effective = with_ignored(old.inputs, registration.wire_inputs, registration.ignore_changes)
            registration = replace(registration, wire_inputs=effective)
        wanted = Wanted(
            urn=registration.urn,
            type=registration.type,
            wire_inputs=registration.wire_inputs,
            place=self._places.of(registration),
            ignore_changes=registration.ignore_changes,
        )
        backend = self._router.backend(registration.type)
        if registration.import_id and (old is None or old.id != registration.import_id):
            registered = self._take_over(old, wanted, registration.import_id)
        elif old is None:
            with self._journal.step(Action.CREATE, registration.urn):
                registered = backend.create(wanted)
        else:
            diff = compare(registration.type, old.inputs, registration.wire_inputs)
            moved = () if old.place == wanted.place else ("provider",)
            detail = ", ".join((*moved, *(diff.replaces or diff.changed)))
            entry = self._router.entry(old)
            if not diff.changed and not moved and entry.complete:
                with self._journal.step(Action.SAME, registration.urn):
                    registered = Registered(id=old.id, outputs=old.outputs)
            elif not diff.replaces and not moved:
                with self._journal.step(Action.UPDATE, registration.urn, detail):
                    registered = backend.update(entry, wanted)
            else:
                with self._journal.step(Action.REPLACE, registration.urn, detail):
                    before = diff.delete_before_replace
                    if registration.delete_before_replace is not None:
                        before = registration.delete_before_replace
                    registered = self._replace(old, wanted, before=before)
        made = resource_of(registration, id_=registered.id, place=wanted.place, outputs=registered.outputs)
        self._state.put(made)
        self._router.keep(made, kept=made.retain_on_delete)
        return registered

    def _take_over(self, old: Resource | None, wanted: Wanted, id_: str) -> Registered:
        if old is not None:
            _refuse_protected(old)
        with self._journal.step(Action.IMPORT, wanted.urn, id_):
            registered = self._router.take_over(wanted, id_)
        if old is not None:
            self._state.put(replace(old, replaced=True))
        return registered

    def _known(self, registration: Registration) -> Resource | None:
        for urn in (registration.urn, *registration.aliases):
            resource = self._state.get(urn)
            if resource is not None:
                if urn != registration.urn:
                    self._router.rename(resource, registration.urn)
                    self._state.remove(resource)
                    resource = replace(resource, urn=registration.urn)
                return resource
        return None

    def _replace(self, old: Resource, wanted: Wanted, *, before: bool) -> Registered:
        _refuse_protected(old)
        if not before:
            registered = self._router.backend(wanted.type).create(wanted)
            self._state.put(replace(old, replaced=True))
            return registered
        # What depends on it cannot outlive it; it is registered later and then made anew.
        needed = {old.urn}
        going = [old]
        rows = self._state.resources()
        while more := [row for row in rows if row.custom and row not in going and row.needs & needed]:
            going += more
            needed |= {row.urn for row in more}
        delete_all(going, self._delete, protected=_refuse_protected)
        return self._router.backend(wanted.type).create(wanted)

    def _delete(self, resource: Resource, *, with_other: bool) -> None:
        # What goes with another stays in the world until that one is gone: a kill in between finds it there.
        if resource.custom and not (resource.is_provider or with_other):
            with self._journal.step(Action.KEEP if resource.retain_on_delete else Action.DELETE, resource.urn):
                if not resource.retain_on_delete:
                    self._router.backend(resource.type).delete(self._router.entry(resource))
        self._state.remove(resource)

    def _settle(self) -> None:
        """Strike out what went with something else."""
        for entry in self._router.orphans(self._known_ids()):
            self._router.backend(entry.type).forget(entry)

    def _known_ids(self) -> Known:
        return {(row.type, row.id, row.urn) for row in self._state.resources() if row.custom}


def _refuse_protected(resource: Resource) -> None:
    if resource.protect:
        raise SandboxError(
            f"{resource.urn}: it is protected and would be deleted or replaced; "
            f"set deletion_protection to false and apply that first, if this is wanted."
        )
