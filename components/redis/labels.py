"""Labels by which the pods are found: of a zone, of all nodes, of a backup."""

from __future__ import annotations

from components.base.labels import object_labels, selector_labels
from components.redis.topology import set_name

_NODES = "redis"
_BACKUP = "redis-backup"

NODE_PODS = {"app.kubernetes.io/component": _NODES}
"""All nodes, whatever their zone."""
BACKUP_PODS = {"app.kubernetes.io/component": _BACKUP}


def set_labels(zone: str) -> dict[str, str]:
    """Return the labels of a zone's StatefulSet and its pods."""
    return object_labels(component=_NODES, instance=set_name(zone))


def set_selector(zone: str) -> dict[str, str]:
    """Return the labels by which a zone's StatefulSet finds its pods."""
    return selector_labels(component=_NODES, instance=set_name(zone))


def labels(name: str) -> dict[str, str]:
    """Return the labels of an object that belongs to all nodes."""
    return object_labels(component=_NODES, instance=name)


def backup_labels() -> dict[str, str]:
    """Return the labels of a backup and its pods."""
    return object_labels(component=_BACKUP, instance=_BACKUP)
