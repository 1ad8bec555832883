"""The custom resource definitions that a chart would install, from the Go modules of their projects."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sandbox.control_plane import documents, modules
from sandbox.control_plane.cache import Progress, silent
from sandbox.control_plane.client import Client
from sandbox.control_plane.documents import Manifest
from sandbox.control_plane.errors import ProcessFailedError
from sandbox.control_plane.versions import CHART_CRDS, Module

_OWN: dict[str, Path] = {
    # Its project's Go module is only published in an old version.
    "aws-load-balancer-controller": Path(__file__).with_name("target_group_binding.yaml"),
}
CHARTS = (*CHART_CRDS, *_OWN)
"""Charts that bring custom resource definitions."""

# On two busy cores the API server works half a minute through the largest set, Envoy Gateway's.
_ESTABLISHED_SECONDS = 90.0
_POLL_SECONDS = 0.05


def load(chart: str, progress: Progress = silent) -> list[Manifest]:
    """Return the definitions that `chart` brings, none for a chart that brings none.

    Raises what `modules.folder_of` raises.
    """
    if chart in _OWN:
        return _definitions(_OWN[chart])
    if chart not in CHART_CRDS:
        return []
    return of_module(CHART_CRDS[chart], progress)


def of_module(module: Module, progress: Progress = silent) -> list[Manifest]:
    """Return the definitions in the files of a Go module. Raises what `modules.folder_of` raises."""
    folder = modules.folder_of(module, progress)
    return [manifest for path in sorted(folder.rglob("*.yaml")) for manifest in _definitions(path)]


def install(client: Client, manifests: list[Manifest]) -> None:
    """Apply `manifests` and wait until the API server serves them.

    Raises ApiError when one is refused, ProcessFailedError when one is not served after 90 seconds.
    """
    for manifest in manifests:
        client.apply(manifest)
    deadline = time.monotonic() + _ESTABLISHED_SECONDS
    for manifest in manifests:
        name = manifest["metadata"]["name"]
        while not _is_established(client.get(manifest["apiVersion"], manifest["kind"], name)):
            if time.monotonic() > deadline:
                raise ProcessFailedError(f"the API server does not serve {name} after {_ESTABLISHED_SECONDS:.0f} s.")
            time.sleep(_POLL_SECONDS)


def _definitions(path: Path) -> list[Manifest]:
    found = [row for row in documents.read(path) if row.get("kind") == "CustomResourceDefinition"]
    for definition in found:
        for version in definition["spec"]["versions"]:
            version["schema"]["openAPIV3Schema"] = without_descriptions(version["schema"]["openAPIV3Schema"])
    return found


def without_descriptions(schema: Any) -> Any:
    """Return a schema that means the same without its prose: two thirds of it, and what slows the API server down."""
    if isinstance(schema, list):
        return [without_descriptions(row) for row in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: without_descriptions(row) for name, row in value.items()}
        if key == "properties"
        else without_descriptions(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str))
    }


def _is_established(manifest: Manifest) -> bool:
    # The API server answers `conditions: null` until it has looked at a new definition.
    conditions = manifest.get("status", {}).get("conditions") or []
    return any(row["type"] == "Established" and row["status"] == "True" for row in conditions)
