"""Chart releases: instead of a chart's objects, its custom resource definitions and pods like those it would create.

The definitions appear with the release and not before, so that a custom resource that is created too early fails here
as it would in a real cluster. Nothing is kept but the pods themselves: whether a release exists is read from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from clouds.catalogue import kind_of
from clouds.kind import Place, Subject
from clouds.kubernetes import RELEASE
from components.base.errors import SandboxError
from components.base.pods import PodWorkload
from q2o_infra.phases import chart_pods as charts
from q2o_infra.plan import wire
from q2o_infra.plan.simulation import simulate
from sandbox.control_plane import crds
from sandbox.control_plane.client import Client
from sandbox.providers.answers import resource_diff
from sandbox.providers.contract import compare
from sandbox.standins import pods

# A chart that holds nothing but another chart's definitions.
_CHART_OF_DEFINITIONS = {"karpenter-crd": "karpenter"}


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release as its inputs describe it."""

    inputs: dict[str, Any]

    @property
    def chart(self) -> str:
        """The chart's name, without where it comes from."""
        return str(self.inputs["chart"]).rsplit("/", 1)[-1]

    @property
    def namespace(self) -> str:
        """The namespace of its pods."""
        return str(self.inputs.get("namespace", "default"))

    @property
    def workloads(self) -> tuple[PodWorkload, ...]:
        """The pods that the chart would create with these values."""
        return charts.workloads(self.chart, namespace=self.namespace, values=self.inputs.get("values") or {})

    def exists(self, client: Client) -> bool:
        """Return whether the cluster has all its workloads."""
        return all(client.find("apps/v1", row.kind.value, row.component, row.namespace) for row in self.workloads)

    def install(self, client: Client, progress: Callable[[str], None]) -> None:
        """Install the definitions and the pods, and wait until they run. Raises `SandboxError`."""
        if not self.inputs.get("skipCrds"):
            crds.install(client, crds.load(_CHART_OF_DEFINITIONS.get(self.chart, self.chart), progress))
        if client.find("v1", "Namespace", self.namespace) is None:
            raise SandboxError(
                f"release {self.inputs.get('name', self.chart)}: namespace {self.namespace!r} does not exist; "
                f"create it before the release."
            )
        for row in self.workloads:
            pods.apply(client, row, owner=self.chart)

    def remove(self, client: Client) -> None:
        """Remove the pods; the definitions remain, as Helm leaves those of a chart's `crds` folder."""
        for row in self.workloads:
            pods.remove(client, row, owner=self.chart)


class Releases:
    """Answers the engine for releases."""

    def __init__(self, client: Callable[[], Client], *, progress: Callable[[str], None]) -> None:
        self._client = client
        self._progress = progress

    def check(self, request: Any) -> Any:
        """Take the inputs as they are."""
        failures = [
            provider_pb2.CheckFailure(property=name, reason=f"missing required property {name!r}")
            for name in sorted(kind_of(RELEASE).required - set(request.news.keys()))
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def diff(self, request: Any) -> Any:
        """Compare the inputs; another name or namespace is another release."""
        old, new = wire.from_struct(request.old_inputs), wire.from_struct(request.news)
        return resource_diff(compare(RELEASE, old, new), old, new, incomplete=False)

    def create(self, request: Any) -> Any:
        """Install it."""
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        made = self._installed(request.urn, wire.from_struct(request.properties))
        return provider_pb2.CreateResponse(id=made.id, properties=wire.to_struct(made.outputs))

    def read(self, request: Any) -> Any:
        """Return the release as the state has it, or an empty id once its pods are gone."""
        if not _release(wire.from_struct(request.inputs)).exists(self._client()):
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, inputs=request.inputs, properties=request.properties)

    def update(self, request: Any) -> Any:
        """Bring the pods to the new values."""
        if request.preview:
            return provider_pb2.UpdateResponse(properties=request.news)
        made = self._installed(request.urn, wire.from_struct(request.news))
        return provider_pb2.UpdateResponse(properties=wire.to_struct(made.outputs))

    def delete(self, request: Any) -> Any:
        """Remove it."""
        _release(wire.from_struct(request.old_inputs)).remove(self._client())
        return empty_pb2.Empty()

    def _installed(self, urn: str, wire_inputs: dict[str, Any]) -> Any:
        release = _release(wire_inputs)
        release.install(self._client(), self._progress)
        return simulate(Subject(urn=urn, type=RELEASE, inputs=release.inputs, place=Place()), wire_inputs)


def _release(wire_inputs: dict[str, Any]) -> Release:
    return Release(inputs=wire.unwrap(wire_inputs))
