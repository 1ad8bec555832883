"""Objects in the local cluster: server-side apply to the real API server, and waiting as the provider waits.

A create fails on what already exists; an update takes the fields that the stack's own manager declares and leaves
those of others (a replica count that an autoscaler owns) alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from clouds.catalogue import kind_of, refuse
from clouds.kind import Subject, check
from components.base.errors import SandboxError
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import Registered
from sandbox.backends import readiness
from sandbox.backends.contract import Wanted, entry_of, with_ignored
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError
from sandbox.standins import operators
from sandbox.world import Entry, World

Manifest = dict[str, Any]

# Their pods, claims and machines must be gone before the deletion is done.
_FOREGROUND = frozenset({"Deployment", "DaemonSet", "StatefulSet", "Job", "Namespace"})


class KubernetesBackend:
    """Applies objects with one field manager, the stack's.

    `client` is asked for at each use, because the cluster starts while the program runs.
    """

    def __init__(self, world: World, client: Callable[[], Client], *, field_manager: str) -> None:
        self._world = world
        self._client = client
        self._manager = field_manager

    def create(self, wanted: Wanted) -> Registered:
        """Make the object and wait until it works.

        Raises `SandboxError` when it is there already, when the API server refuses it (its own words), and when it
        does not become ready in time (with what the scheduler says).
        """
        kind = kind_of(wanted.type)
        manifest = wire.unwrap(wanted.wire_inputs)
        refuse(wanted.urn, check(kind, manifest))
        identity = kind.identity(Subject(urn=wanted.urn, type=wanted.type, inputs=manifest, place=wanted.place))
        if self._find(manifest) is not None:
            raise SandboxError(
                f"{manifest['kind']} {identity}: it already exists in the cluster and is not part of this stack; "
                f"delete it, or give it another name."
            )
        entry = entry_of(wanted, Registered(id=identity), generation=self._world.next_generation(wanted.urn))
        self._world.claim(kind, entry)
        return self._apply(entry, manifest)

    def update(self, entry: Entry, wanted: Wanted) -> Registered:
        """Apply the new fields and wait until the object works again."""
        self._world.put(replace(entry, complete=False))
        manifest = wire.unwrap(wanted.wire_inputs)
        if wanted.ignore_changes:
            # As the provider does: what is ignored is somebody else's, and stays as it is in the cluster now.
            manifest = with_ignored(self._find(manifest) or {}, manifest, wanted.ignore_changes)
        return self._apply(replace(entry, inputs=wanted.wire_inputs), manifest)

    def delete(self, entry: Entry) -> None:
        """Delete the object and wait until it is gone, with what belongs to it."""
        manifest = wire.unwrap(entry.inputs)
        client = self._client()
        metadata = manifest["metadata"]
        kind = manifest["kind"]
        try:
            client.delete(
                manifest["apiVersion"],
                kind,
                metadata["name"],
                metadata.get("namespace"),
                propagation="Foreground" if kind in _FOREGROUND else "Background",
            )
        except ApiError as error:
            if error.status != 404:
                raise
        readiness.wait_gone(lambda: self._find(manifest), f"{kind} {entry.id}")
        operators.remove(client, manifest)
        self.forget(entry)

    def forget(self, entry: Entry) -> None:
        """Strike it out: its cluster is gone."""
        self._world.remove(kind_of(entry.type), entry)

    def exists(self, entry: Entry) -> bool:
        """Answer whether the API server has the object."""
        return self._find(wire.unwrap(entry.inputs)) is not None

    def _find(self, manifest: Manifest) -> Manifest | None:
        metadata = manifest["metadata"]
        try:
            return self._client().find(
                manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace")
            )
        except ApiError as error:
            if error.status == 404:  # a kind that the server does not serve (yet) has no objects
                return None
            raise

    def _apply(self, entry: Entry, manifest: Manifest) -> Registered:
        client = self._client()
        try:
            client.apply(manifest, field_manager=self._manager)
        except ApiError as error:
            raise SandboxError(f"{manifest['kind']} {entry.id}: the API server refuses it: {error.message}") from None
        operators.bring(client, manifest)
        live = readiness.wait_ready(client, manifest, f"{manifest['kind']} {entry.id}")
        outputs = {**_without_noise(live), **_secret_fields(entry.inputs, live)}
        self._world.put(replace(entry, outputs=outputs, complete=True))
        return Registered(id=entry.id, outputs=outputs)


def _without_noise(live: Manifest) -> Manifest:
    metadata = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
    return {**live, "metadata": metadata}


def _secret_fields(wire_inputs: Manifest, live: Manifest) -> Manifest:
    """Return, wrapped, what was secret going in, and a Secret's data in any case."""
    names = {key for key, value in wire_inputs.items() if wire.holds_secret(value)}
    if live["kind"] == "Secret":
        names |= {"data", "stringData"}
    return {key: wire.wrap_secret(live[key]) for key in names if key in live}
