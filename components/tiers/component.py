"""One priority class for each tier; they stand before the first pod that names one."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.scheduling.v1 import PriorityClass

from components.base.labels import object_labels
from components.tiers.contract import PATIENT, RANKS, TiersArgs, priority_class_name


class Tiers(ComponentResource):
    """The ranks of the platform's pods. Needs the provider `kubernetes` in its options."""

    priority_classes: Output[Mapping[str, str]]
    """Each tier's priority class. Whoever takes a name from here comes after the class."""

    def __init__(self, name: str, args: TiersArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:tiers:Tiers", name, None, opts)
        classes = {
            tier: PriorityClass(
                f"{name}-{tier.value}",
                description=f"Pods of the tier {tier.value}; when nodes run short a higher value stays.",
                metadata=ObjectMetaArgs(
                    name=priority_class_name(tier), labels=object_labels(component=tier.value, instance="priority")
                ),
                preemption_policy="Never" if tier in PATIENT else None,
                value=rank,
                opts=ResourceOptions(parent=self, deleted_with=args.cluster_resource),
            )
            for tier, rank in RANKS.items()
        }
        self.priority_classes = Output.all(**{tier.value: found.metadata["name"] for tier, found in classes.items()})
        self.register_outputs({"priority_classes": self.priority_classes})
