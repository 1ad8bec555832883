"""The pods that GKE runs by itself, on every node and beside them: one table for the sandbox and for the arithmetic.

Nobody can configure these, so their requests are what was seen. DaemonSets: `kubectl describe node` on GKE
1.36.3-gke.1767000 with Workload Identity, system logs and without managed Prometheus (a public test report of
2026-10-08), and for Dataplane V2's `anetd`, which that cluster did not have, `kubectl get daemonsets` of a public one
of 2025. Deployments: kubernetes/kubernetes `cluster/addons/dns/kube-dns`, `cluster/addons/metrics-server` and
`cluster/addons/cluster-loadbalancing/glbc`, for a cluster of up to 100 nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base.pods import GKE_MANAGED, ContainerRequest, ContainerResources, PodWorkload, WorkloadKind

NAMESPACE = "kube-system"
EVERYWHERE: tuple[Mapping[str, str], ...] = ({"operator": "Exists"},)
_MANAGED: tuple[Mapping[str, str], ...] = (
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    {"key": GKE_MANAGED, "operator": "Exists"},
)


def _asks(cpu_millicores: int, memory_mib: int, memory_limit_mib: int | None = None) -> ContainerResources:
    return ContainerResources(
        cpu_millicores=cpu_millicores, memory_mib=memory_mib, memory_limit_mib=memory_limit_mib or 2 * memory_mib
    )


def _on_every_node(component: str, *, host_network: bool = True, **containers: ContainerResources) -> PodWorkload:
    return PodWorkload(
        component=component,
        containers=_containers(containers),
        host_network=host_network,
        kind=WorkloadKind.DAEMON_SET,
        labels={"k8s-app": component},
        namespace=NAMESPACE,
        priority_class="system-node-critical",
        replicas=0,
        service_account=component,
        tolerations=EVERYWHERE,
    )


def _beside(
    component: str, replicas: int, *, labels: Mapping[str, str] | None = None, **containers: ContainerResources
) -> PodWorkload:
    found = dict(labels or {"k8s-app": component})
    return PodWorkload(
        component=component,
        containers=_containers(containers),
        kind=WorkloadKind.DEPLOYMENT,
        labels=found,
        namespace=NAMESPACE,
        priority_class="system-cluster-critical",
        replicas=replicas,
        service_account=component,
        tolerations=_MANAGED,
        topology_spread=_preferred_spread(found),
    )


def _containers(found: Mapping[str, ContainerResources]) -> tuple[ContainerRequest, ...]:
    return tuple(
        ContainerRequest(name=name.replace("_", "-"), resources=resources) for name, resources in found.items()
    )


def _preferred_spread(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "labelSelector": {"matchLabels": dict(labels)},
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
        }
    ]


GKE_WORKLOADS: tuple[PodWorkload, ...] = (
    _on_every_node("anetd", cilium_agent=_asks(205, 164)),
    _on_every_node("fluentbit-gke", fluentbit=_asks(100, 200, 400), fluentbit_gke=_asks(5, 30, 65)),
    _on_every_node("gke-metadata-server", gke_metadata_server=_asks(100, 100, 200)),
    _on_every_node("netd", netd=_asks(8, 65, 65)),
    _on_every_node("pdcsi-node", csi_driver_registrar=_asks(5, 10, 250), gce_pd_driver=_asks(5, 10, 250)),
    _beside("konnectivity-agent", 3, konnectivity_agent=_asks(10, 30, 125)),
    _beside("konnectivity-agent-autoscaler", 1, autoscaler=_asks(10, 10)),
    _beside("kube-dns", 2, kubedns=_asks(100, 70, 210), dnsmasq=_asks(150, 20), sidecar=_asks(10, 20)),
    _beside("kube-dns-autoscaler", 1, autoscaler=_asks(20, 10)),
    _beside("l7-default-backend", 1, default_http_backend=_asks(10, 20, 20)),
    _beside("metrics-server", 1, metrics_server=_asks(90, 440), metrics_server_nanny=_asks(5, 50)),
)
"""Everything of `kube-system`. `kube-dns` is what network policies open for name resolution, so Cloud DNS stays off."""

METRICS_SERVER = "metrics-server"
