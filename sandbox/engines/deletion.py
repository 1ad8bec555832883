"""Deletes a set of resources, dependents first, as many at once as the order allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import Protocol

from sandbox.engines.state import Resource

_THREADS = 32


class Delete(Protocol):
    """Deletes one resource."""

    def __call__(self, resource: Resource, *, with_other: bool) -> None:
        """Delete `resource`; `with_other` when it goes with another one that is deleted too."""


def delete_all(resources: Sequence[Resource], delete: Delete, *, protected: Callable[[Resource], None]) -> None:
    """Delete `resources`: each after all that need it; `protected` may refuse, before anything is deleted.

    After a failure nothing new is begun, what is under way is waited for, and the first error is raised.
    """
    for resource in resources:
        protected(resource)
    going = {resource.urn for resource in resources if not resource.replaced}
    by_key = {resource.key: resource for resource in resources}
    order = _order(resources)
    order.prepare()
    running: dict[Future[None], str] = {}
    failures: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        while order.is_active():
            for key in () if failures else order.get_ready():
                resource = by_key[key]
                running[pool.submit(delete, resource, with_other=resource.deleted_with in going)] = key
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                key = running.pop(future)
                if (error := future.exception()) is None:
                    order.done(key)
                else:
                    failures.append(error)
    if failures:
        raise failures[0]


def _order(resources: Sequence[Resource]) -> TopologicalSorter[str]:
    """Return keys such that what a resource needs comes after it."""
    keys_by_urn: dict[str, list[str]] = {}
    for resource in resources:
        keys_by_urn.setdefault(resource.urn, []).append(resource.key)
    order = TopologicalSorter({resource.key: () for resource in resources})
    for resource in resources:
        for urn in resource.needs & keys_by_urn.keys():
            for key in keys_by_urn[urn]:
                order.add(key, resource.key)
    return order
