"""Which backend a resource type belongs to, and what the world holds beyond what an engine knows."""

from __future__ import annotations

from dataclasses import replace

from clouds.kubernetes import RELEASE, is_kubernetes
from q2o_infra.plan.monitor import Registered
from sandbox.backends.cloud import CloudBackend
from sandbox.backends.contract import Backend, Wanted, adopt
from sandbox.backends.helm import ReleaseBackend
from sandbox.backends.kubernetes import KubernetesBackend
from sandbox.engines.state import Resource
from sandbox.world import Entry, World

CLUSTERS = frozenset(
    {
        "aws:eks/cluster:Cluster",
        "azure-native:containerservice:ManagedCluster",
        "gcp:container/cluster:Cluster",
    }
)
"""Types whose one resource is the local cluster."""

Known = set[tuple[str, str, str]]
"""Type, id and URN of resources."""


class Router:
    """All backends over one world."""

    def __init__(
        self, world: World, cloud: CloudBackend, kubernetes: KubernetesBackend, releases: ReleaseBackend
    ) -> None:
        self._world = world
        self._cloud = cloud
        self._kubernetes = kubernetes
        self._releases = releases
        self.account_closes = False
        """Whether what the program keeps goes too, once no engine knows it: the end of a takedown that was cut off."""

    def backend(self, type_: str) -> Backend:
        """Return the backend of a resource type."""
        if type_ == RELEASE:
            return self._releases
        return self._kubernetes if is_kubernetes(type_) else self._cloud

    def entry(self, resource: Resource) -> Entry:
        """Return the world's entry of a resource, or what it would have been."""
        found = self._world.find(resource.type, resource.id, resource.urn)
        return found or Entry(
            urn=resource.urn,
            type=resource.type,
            id=resource.id,
            place=resource.place,
            inputs=resource.inputs,
            outputs=resource.outputs,
        )

    def orphans(self, known: Known) -> list[Entry]:
        """Return what exists, or was begun, and is not among `known`; what was made last comes first.

        What is kept on purpose is none, unless the account closes.
        """
        return [entry for entry in reversed(self._unknown(known)) if self.account_closes or not entry.kept]

    def left_behind(self, known: Known) -> list[Entry]:
        """Return what is kept on purpose though no engine knows it any more."""
        return [entry for entry in self._unknown(known) if entry.kept]

    def keep(self, resource: Resource, *, kept: bool) -> None:
        """Note whether the entry of `resource` stays when its engine forgets it."""
        entry = self._world.find(resource.type, resource.id, resource.urn)
        if entry is not None and entry.kept != kept:
            self._world.put(replace(entry, kept=kept))

    def take_over(self, wanted: Wanted, id_: str) -> Registered:
        """Return what stands under `id_`, from now on as what `wanted` names. Raises what `adopt` raises."""
        entry = adopt(self._world.find_at(wanted.type, id_, wanted.place), wanted, id_)
        self._world.put(entry)
        return Registered(id=entry.id, outputs=entry.outputs)

    def _unknown(self, known: Known) -> list[Entry]:
        return [entry for entry in self._world.entries() if (entry.type, entry.id, entry.urn) not in known]

    def existing(self) -> Known:
        """Return what exists; entries whose object has gone from the cluster are struck out first."""
        entries = self._world.entries()
        has_cluster = any(entry.type in CLUSTERS for entry in entries)
        for entry in entries:
            if is_kubernetes(entry.type) and not (has_cluster and self._kubernetes_exists(entry)):
                self.backend(entry.type).forget(entry)
        return {(entry.type, entry.id, entry.urn) for entry in self._world.entries()}

    def rename(self, resource: Resource, urn: str) -> None:
        """Give the entry of `resource` another URN."""
        entry = self._world.find(resource.type, resource.id, resource.urn)
        if entry is not None:
            self._world.put(replace(entry, urn=urn))

    def _kubernetes_exists(self, entry: Entry) -> bool:
        backend = self._releases if entry.type == RELEASE else self._kubernetes
        return backend.exists(entry)
