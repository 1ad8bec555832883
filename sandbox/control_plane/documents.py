"""Read YAML the way Kubernetes does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]
"""A Kubernetes object as the API takes and gives it."""


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML 1.1, but a bare `=` is a string: its 1.1 type has no Python value, and schemas enumerate it."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))


def read(path: Path) -> list[Manifest]:
    """Return the documents of the YAML file at `path`, without empty ones."""
    with path.open("rb") as handle:
        return [document for document in yaml.load_all(handle, Loader=_Loader) if document]
