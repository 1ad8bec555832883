"""Chart releases: the chart's custom resource definitions and the pods that it would make.

Nothing is rendered. The definitions appear with the release, not before, so that a custom resource made too early
fails here as it would in a cloud.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from clouds.catalogue import kind_of
from clouds.kind import Subject
from components.base.errors import SandboxError
from q2o_infra.phases import chart_pods
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import Registered
from q2o_infra.plan.simulation import simulate
from sandbox.backends.contract import Wanted, entry_of
from sandbox.control_plane import crds
from sandbox.control_plane.client import Client
from sandbox.standins import pods
from sandbox.world import Entry, World

# A chart that holds nothing but another chart's definitions.
_CHART_OF_DEFINITIONS = {"karpenter-crd": "karpenter"}


class ReleaseBackend:
    """Installs stand-ins for charts."""

    def __init__(self, world: World, client: Callable[[], Client], *, progress: Callable[[str], None]) -> None:
        self._world = world
        self._client = client
        self._progress = progress

    def create(self, wanted: Wanted) -> Registered:
        """Install the chart's definitions and pods, and wait until they run. Raises `SandboxError`."""
        generation = self._world.next_generation(wanted.urn)
        inputs = wire.unwrap(wanted.wire_inputs)
        subject = Subject(urn=wanted.urn, type=wanted.type, inputs=inputs, place=wanted.place, generation=generation)
        registered = simulate(subject, wanted.wire_inputs)
        entry = entry_of(wanted, registered, generation=generation)
        self._world.claim(kind_of(wanted.type), entry)
        self._install(entry, inputs)
        return registered

    def update(self, entry: Entry, wanted: Wanted) -> Registered:
        """Bring the pods to the new values."""
        inputs = wire.unwrap(wanted.wire_inputs)
        subject = Subject(
            urn=wanted.urn, type=wanted.type, inputs=inputs, place=wanted.place, generation=entry.generation
        )
        registered = simulate(subject, wanted.wire_inputs)
        new = replace(entry, inputs=wanted.wire_inputs, outputs=registered.outputs, complete=False)
        self._world.put(new)
        self._install(new, inputs)
        return registered

    def delete(self, entry: Entry) -> None:
        """Remove the pods; the definitions stay, as Helm leaves those of a chart's `crds` folder."""
        for workload in _workloads(wire.unwrap(entry.inputs)):
            pods.remove(self._client(), workload, owner=_chart(entry.inputs))
        self.forget(entry)

    def forget(self, entry: Entry) -> None:
        """Strike it out: its cluster is gone."""
        self._world.remove(kind_of(entry.type), entry)

    def exists(self, entry: Entry) -> bool:
        """Answer whether the chart's pods are still declared in the cluster."""
        return all(
            self._client().find("apps/v1", workload.kind.value, workload.component, workload.namespace) is not None
            for workload in _workloads(wire.unwrap(entry.inputs))
        )

    def _install(self, entry: Entry, inputs: dict[str, Any]) -> None:
        client = self._client()
        if not inputs.get("skipCrds"):
            crds.install(client, crds.load(_CHART_OF_DEFINITIONS.get(_chart(inputs), _chart(inputs)), self._progress))
        namespace = str(inputs.get("namespace", "default"))
        if client.find("v1", "Namespace", namespace) is None:
            raise SandboxError(
                f"release {entry.id}: namespace {namespace!r} does not exist; create it before the release."
            )
        for workload in _workloads(inputs):
            pods.apply(client, workload, owner=_chart(inputs))
        self._world.put(replace(entry, complete=True))


def _chart(inputs: dict[str, Any]) -> str:
    return str(inputs["chart"]).rsplit("/", 1)[-1]


def _workloads(inputs: dict[str, Any]) -> list[Any]:
    return list(
        chart_pods.workloads(_chart(inputs), namespace=str(inputs["namespace"]), values=inputs.get("values") or {})
    )
