"""What the embedded engine knows it has made: one document per resource."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clouds.kind import Place
from q2o_infra.plan.monitor import PROVIDER_PREFIX, Registration
from sandbox.files import Folder


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource that stands, or waits to be deleted because another took its place."""

    urn: str
    type: str
    id: str = ""
    custom: bool = True
    parent: str = ""
    provider: str = ""
    place: Place = field(default_factory=Place)
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    deleted_with: str = ""
    retain_on_delete: bool = False
    replaced: bool = False
    """Its successor stands; this one is still to be deleted."""

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.urn}|{self.id}" if self.replaced else self.urn

    @property
    def is_provider(self) -> bool:
        """Whether it is a provider, which exists only in the engine."""
        return self.type.startswith(PROVIDER_PREFIX)

    @property
    def needs(self) -> frozenset[str]:
        """URNs of the resources that must outlive this one."""
        provider = self.provider.rpartition("::")[0]
        return frozenset(urn for urn in (*self.dependencies, self.parent, provider, self.deleted_with) if urn)


def resource_of(registration: Registration, *, id_: str, place: Place, outputs: dict[str, Any]) -> Resource:
    """Return what to remember of a registration once it has been carried out."""
    return Resource(
        urn=registration.urn,
        type=registration.type,
        id=id_,
        custom=registration.custom,
        parent=registration.parent,
        provider=registration.provider,
        place=place,
        inputs=registration.wire_inputs,
        outputs=outputs,
        dependencies=registration.dependencies,
        protect=registration.protect,
        deleted_with=registration.deleted_with,
        retain_on_delete=registration.retain_on_delete,
    )


class State:
    """All resources, in memory and on disk; safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self._lock = threading.Lock()
        self._resources: dict[str, Resource] = {}
        for document in self._folder.documents():
            document["place"] = Place(**document["place"])
            document["dependencies"] = tuple(document["dependencies"])
            resource = Resource(**document)
            self._resources[resource.key] = resource

    def get(self, urn: str) -> Resource | None:
        """Return the standing resource of that URN."""
        with self._lock:
            return self._resources.get(urn)

    def resources(self) -> list[Resource]:
        """Return all, those that wait for deletion included, sorted by URN."""
        with self._lock:
            return sorted(self._resources.values(), key=lambda resource: resource.key)

    def put(self, resource: Resource) -> None:
        """Remember `resource`; nothing is written when nothing changed."""
        with self._lock:
            if self._resources.get(resource.key) == resource:
                return
            self._resources[resource.key] = resource
        self._folder.write(resource.key, asdict(resource))

    def remove(self, resource: Resource) -> None:
        """Forget `resource`."""
        self._folder.remove(resource.key)
        with self._lock:
            self._resources.pop(resource.key, None)
