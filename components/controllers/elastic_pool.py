"""The elastic pool as Karpenter knows it on every cloud where it runs: how many nodes, which, and when they go.

What a node is made of is the cloud's own node class. `limits.nodes` bounds pools of a changing size too, since
Karpenter refuses a machine before it looks at types (kubernetes-sigs/karpenter v1.14.1,
`pkg/controllers/provisioning/scheduling/scheduler.go`, "Node limits").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import CustomTimeouts, Resource, ResourceOptions

from components.base.labels import object_labels
from components.base.pods import ELASTIC_POOL, POOL_LABEL
from components.controllers.contract import ElasticPoolArgs

# A node that becomes idle is given back after this; shorter, and a dip between two requests costs a fresh machine.
CONSOLIDATE_AFTER = "2m"
# Share of the nodes that may be on their way out at once (one at least): Karpenter's own default.
DISRUPTION_BUDGET = "10%"
# Nodes made together would also expire together, and Karpenter asks no budget then (kubernetes-sigs/karpenter,
# `pkg/controllers/nodeclaim/expiration`). An old image goes by drift, within the budget, once the next is pinned.
LIFETIME = "Never"
# Machines need a few minutes to shut down after their pods have gone.
SHUTDOWN_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class NodeClass:
    """The cloud's kind of node class, and the label that names its zones."""

    api_version: str
    kind: str
    zone_label: str

    @property
    def group(self) -> str:
        """API group of the kind."""
        return self.api_version.partition("/")[0]


def pool_labels() -> dict[str, str]:
    """Return the labels of pool and node class."""
    return object_labels(component="nodes", instance=ELASTIC_POOL)


def create_node_class(
    name: str, node_class: NodeClass, spec: dict[str, Any], *, after: list[Resource], parent: Resource
) -> kubernetes.apiextensions.CustomResource:
    """Declare what a node is made of. It does not go with the cluster, or its machines would stay and be paid for."""
    return kubernetes.apiextensions.CustomResource(
        f"{name}-node-class",
        api_version=node_class.api_version,
        kind=node_class.kind,
        metadata={"labels": pool_labels(), "name": ELASTIC_POOL},
        spec=spec,
        opts=ResourceOptions(parent=parent, depends_on=after),
    )


def create_node_pool(
    name: str, pool: ElasticPoolArgs, spec: dict[str, Any], *, node_class: Resource, parent: Resource
) -> kubernetes.apiextensions.CustomResource:
    """Declare the pool. Its deletion drains its nodes first, each for `drain_seconds` at most, and gives them back."""
    return kubernetes.apiextensions.CustomResource(
        f"{name}-node-pool",
        api_version="karpenter.sh/v1",
        kind="NodePool",
        metadata={
            # Foreground: the pool stays until its nodes are gone, so that what comes after it in a destroy waits.
            "annotations": {"pulumi.com/deletionPropagationPolicy": "foreground"},
            "labels": pool_labels(),
            "name": ELASTIC_POOL,
        },
        spec=spec,
        opts=ResourceOptions(
            parent=parent,
            custom_timeouts=CustomTimeouts(delete=f"{pool.drain_seconds + SHUTDOWN_SECONDS}s"),
            depends_on=[node_class],
            # Only the first value is ours; then the budget's guard owns it (docs/adr/0019-the-guard-owns-the-limit.md).
            ignore_changes=["spec.limits"],
        ),
    )


def pool_spec(pool: ElasticPoolArgs, node_class: NodeClass, *, zones: tuple[str, ...]) -> dict[str, Any]:
    """Return the pool: which machines, how many, and when they go.

    Of the two kinds of capacity Karpenter takes spot while there is any of the types named, being cheaper.
    """
    return {
        "disruption": {
            "budgets": [{"nodes": DISRUPTION_BUDGET}],
            "consolidateAfter": CONSOLIDATE_AFTER,
            "consolidationPolicy": "WhenEmptyOrUnderutilized",
        },
        "limits": {"nodes": str(pool.nodes_maximum)},
        "template": {
            "metadata": {"labels": {POOL_LABEL: ELASTIC_POOL}},
            "spec": {
                "expireAfter": LIFETIME,
                "nodeClassRef": {"group": node_class.group, "kind": node_class.kind, "name": ELASTIC_POOL},
                "requirements": [
                    _one_of("karpenter.sh/capacity-type", "on-demand", "spot"),
                    _one_of("kubernetes.io/arch", pool.architecture),
                    _one_of("kubernetes.io/os", "linux"),
                    _one_of("node.kubernetes.io/instance-type", *(machine.name for machine in pool.instance_types)),
                    _one_of(node_class.zone_label, *zones),
                ],
                "terminationGracePeriod": f"{pool.drain_seconds}s",
            },
        },
    }


def _one_of(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}
