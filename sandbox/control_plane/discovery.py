"""From a kind to the path of its collection, asked of the API server once per group and version."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.control_plane.errors import ApiError

_LATE_SECONDS = 3.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Resource:
    """How the API addresses one kind."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None, name: str | None = None, subresource: str | None = None) -> str:
        """Return the path of an object, or of the collection without `name`.

        A namespaced kind without `namespace` means all namespaces for the collection, `default` for an object.
        """
        parts = ["/api" if "/" not in self.api_version else "/apis", self.api_version]
        if self.namespaced and (namespace or name):
            parts += ["namespaces", namespace or "default"]
        parts.append(self.plural)
        parts += [part for part in (name, subresource) if part]
        return "/".join(parts)


class Discovery:
    """Knows the kinds of one API server. Safe to use from many threads."""

    def __init__(self, fetch: Callable[[str], dict[str, Any]]) -> None:
        """`fetch` returns the JSON document at a path; it raises ApiError."""
        self._fetch = fetch
        self._known: dict[tuple[str, str], Resource] = {}
        self._lock = threading.Lock()

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return how `kind` of `api_version` is addressed.

        One that was defined a moment ago may be missing yet, so an unknown kind is asked for during three seconds.
        Raises ApiError (404, `UnknownKind`) after that.
        """
        key = (api_version, kind)
        found = self._known.get(key)
        if found is not None:
            return found
        deadline = time.monotonic() + _LATE_SECONDS
        with self._lock:
            while key not in self._known:
                self._learn(api_version)
                if key in self._known:
                    break
                if time.monotonic() > deadline:
                    raise ApiError(
                        404, "UnknownKind", f"the API server has no kind {kind} in {api_version}: is it defined yet?"
                    )
                time.sleep(_POLL_SECONDS)
            return self._known[key]

    def _learn(self, api_version: str) -> None:
        prefix = "/api" if "/" not in api_version else "/apis"
        try:
            document = self._fetch(f"{prefix}/{api_version}")
        except ApiError as error:
            if error.status == 404:
                return
            raise
        for row in document["resources"]:
            if "/" in row["name"]:
                continue
            self._known[api_version, row["kind"]] = Resource(
                api_version=api_version, kind=row["kind"], plural=row["name"], namespaced=row["namespaced"]
            )
