"""The pods that AKS itself runs in a cluster such as ours: one table, for the scheduler and for capacity.

AKS chooses their size; nothing here is told to it. Requests and limits were read where people printed a node's pods:
`kubectl describe node` of AKS clusters of October 2025 and later for all but Cilium's, and Azure/AKS#5244 (September
2025) for those: the agent asks for 100 MiB by its first container and for no CPU. Replicas are AKS' own (AKS
documentation, "CoreDNS autoscaling", "System node pools"). The drivers for files and blobs are off in `azure.py`, and
so are image cleaner and snapshot controller; the driver for disks keeps its controller in the control plane.
"""

from __future__ import annotations

from collections.abc import Mapping

from components.base.pods import ContainerRequest, ContainerResources, PodWorkload, WorkloadKind

NAMESPACE = "kube-system"
MODE_LABEL = "kubernetes.azure.com/mode"
"""AKS' own label: its pods go to nodes of mode `system`."""
CRITICAL_TOLERATIONS: tuple[Mapping[str, str], ...] = ({"key": "CriticalAddonsOnly", "operator": "Exists"},)
EVERYWHERE: tuple[Mapping[str, str], ...] = ({"operator": "Exists"},)
REPLICAS = 2

# The least that can be written for a container that asks for nothing.
_NOTHING = 1


def aks_workloads() -> tuple[PodWorkload, ...]:
    """Return every set of pods that AKS runs."""
    return (
        _daemon_set("azure-cns", cpu=40, memory=250),
        _daemon_set("azure-ip-masq-agent", cpu=100, memory=50, limit=250),
        _daemon_set("cilium", cpu=_NOTHING, memory=100, limit=1024, container="cilium-agent"),
        _daemon_set("cloud-node-manager", cpu=50, memory=50, limit=512),
        _daemon_set(
            "csi-azuredisk-node",
            cpu=10,
            memory=20,
            limit=1024,
            containers=("liveness-probe", "node-driver-registrar", "azuredisk"),
        ),
        _deployment("azure-wi-webhook-controller-manager", cpu=100, memory=20, limit=300, container="manager"),
        _deployment("cilium-operator", cpu=_NOTHING, memory=_NOTHING, limit=1024),
        _deployment("coredns", cpu=100, memory=70, limit=500, labels={"k8s-app": "kube-dns"}),
        _deployment("coredns-autoscaler", cpu=20, memory=10, limit=500, replicas=1, container="autoscaler"),
        _deployment("konnectivity-agent", cpu=20, memory=20, limit=1024),
        _deployment("konnectivity-agent-autoscaler", cpu=20, memory=10, limit=512, replicas=1, container="autoscaler"),
        _deployment("metrics-server", cpu=156, memory=138, limit=408),
    )


def _daemon_set(
    component: str,
    *,
    cpu: int,
    memory: int,
    container: str | None = None,
    containers: tuple[str, ...] = (),
    limit: int | None = None,
) -> PodWorkload:
    return PodWorkload(
        component=component,
        containers=_containers(containers or (container or component,), cpu=cpu, memory=memory, limit=limit),
        host_network=True,
        kind=WorkloadKind.DAEMON_SET,
        labels={"k8s-app": component},
        namespace=NAMESPACE,
        priority_class="system-node-critical",
        replicas=0,
        service_account=component,
        tolerations=EVERYWHERE,
    )


def _deployment(
    component: str,
    *,
    cpu: int,
    memory: int,
    limit: int,
    container: str | None = None,
    labels: Mapping[str, str] | None = None,
    replicas: int = REPLICAS,
) -> PodWorkload:
    return PodWorkload(
        component=component,
        containers=_containers((container or component,), cpu=cpu, memory=memory, limit=limit),
        disruption_max_unavailable=1 if replicas > 1 else None,
        kind=WorkloadKind.DEPLOYMENT,
        labels=labels or {"k8s-app": component},
        namespace=NAMESPACE,
        node_selector={MODE_LABEL: "system"},
        priority_class="system-cluster-critical",
        replicas=replicas,
        service_account=component,
        tolerations=CRITICAL_TOLERATIONS,
    )


def _containers(names: tuple[str, ...], *, cpu: int, memory: int, limit: int | None) -> tuple[ContainerRequest, ...]:
    resources = ContainerResources(cpu_millicores=cpu, memory_limit_mib=limit, memory_mib=memory)
    return tuple(ContainerRequest(name=name, resources=resources) for name in names)
