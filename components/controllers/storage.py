"""The default class of volumes, the same on every cloud but for who makes a volume and what it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pulumi import Resource, ResourceOptions
from pulumi_kubernetes.storage.v1 import StorageClass

from components.base.labels import object_labels
from components.controllers.contract import ControllersArgs


def create_storage_class(
    name: str,
    args: ControllersArgs,
    *,
    after: Iterable[Resource] = (),
    called: str,
    parameters: Mapping[str, str],
    parent: Resource,
    provisioner: str,
) -> StorageClass:
    """Make the class `called` so; it stands while claims do, and under it stand the driver and what `after` names."""
    return StorageClass(
        f"{name}-storage",
        allow_volume_expansion=True,
        metadata={
            # A cloud's own class may say so too; of two, Kubernetes takes the younger one, which is this.
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            "labels": object_labels(component="storage", instance=called),
            "name": called,
        },
        parameters=dict(parameters),
        provisioner=provisioner,
        # The volume goes with its claim: what must be kept is backed up, not orphaned.
        reclaim_policy="Delete",
        # A volume stands in one zone, so the pod chooses first.
        volume_binding_mode="WaitForFirstConsumer",
        opts=ResourceOptions(
            parent=parent, depends_on=[args.cluster.storage, *after], deleted_with=args.cluster.resource
        ),
    )
