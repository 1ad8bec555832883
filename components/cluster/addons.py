"""What the EKS add-ons are told, and the pods that come of it: one table for both.

The numbers below go into each add-on's `configurationValues` and into the stand-ins that take the pods' place where
no add-on runs. Names, labels and service accounts are those of the add-ons' charts (aws/amazon-vpc-cni-k8s,
aws/eks-pod-identity-agent, kubernetes-sigs/aws-ebs-csi-driver) and of EKS' own coredns and kube-proxy; what an
add-on accepts, `aws eks describe-addon-configuration --addon-name NAME --addon-version VERSION` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base.pods import (
    ContainerRequest,
    ContainerResources,
    PodWorkload,
    WorkloadKind,
    system_node_selector,
    system_tolerations,
    zone_spread,
)

NAMESPACE = "kube-system"
EVERYWHERE: tuple[Mapping[str, str], ...] = ({"operator": "Exists"},)
"""Tolerations of what runs on every node, whatever its taints; also the charts' default."""
REPLICAS = 2

COREDNS = "coredns"
EBS_CSI = "aws-ebs-csi-driver"
KUBE_PROXY = "kube-proxy"
POD_IDENTITY_AGENT = "eks-pod-identity-agent"
VPC_CNI = "vpc-cni"

BEFORE_NODES = (VPC_CNI, KUBE_PROXY, POD_IDENTITY_AGENT)
"""A node becomes ready only with these; as DaemonSets they are complete while there is no node."""
AFTER_NODES = (COREDNS, EBS_CSI)
"""EKS calls these complete once their pods run, so they need the nodes."""
ADDONS = (*BEFORE_NODES, *AFTER_NODES)

# Requests are the add-ons' defaults where they have one (coredns 100m and 70Mi up to 170Mi; EBS CSI 10m and 40Mi up
# to 256Mi for each container; VPC CNI 25m for each container). kube-proxy's default of 100m is for iptables rules of
# thousands of services; the platform has dozens.
_COREDNS = ContainerResources(cpu_millicores=100, memory_mib=70, memory_limit_mib=170)
_EBS_CSI = ContainerResources(cpu_millicores=10, memory_mib=40, memory_limit_mib=256)
_KUBE_PROXY = ContainerResources(cpu_millicores=50, memory_mib=64, memory_limit_mib=256)
_POD_IDENTITY_AGENT = ContainerResources(cpu_millicores=10, memory_mib=32, memory_limit_mib=128)
_VPC_CNI = ContainerResources(cpu_millicores=25, memory_mib=64, memory_limit_mib=256)

_COREDNS_LABELS = {"k8s-app": "kube-dns"}
_EBS_CSI_LABELS = {"app": "ebs-csi-controller"}


def addon_configuration(addon: str) -> dict[str, Any]:
    """Return the `configurationValues` of an add-on."""
    configurations: dict[str, dict[str, Any]] = {
        COREDNS: {
            "nodeSelector": system_node_selector(),
            "replicaCount": REPLICAS,
            "resources": _COREDNS.rendered(),
            "tolerations": system_tolerations(),
            "topologySpreadConstraints": zone_spread(_COREDNS_LABELS),
        },
        EBS_CSI: {
            "controller": {
                "nodeSelector": system_node_selector(),
                "replicaCount": REPLICAS,
                "resources": _EBS_CSI.rendered(),
                "tolerations": system_tolerations(),
                "topologySpreadConstraints": zone_spread(_EBS_CSI_LABELS),
            },
            # Sidecars take over the resources of the controller and of the node plugin.
            "node": {"resources": _EBS_CSI.rendered(), "tolerateAllTaints": True},
        },
        KUBE_PROXY: {"resources": _KUBE_PROXY.rendered()},
        POD_IDENTITY_AGENT: {"resources": _POD_IDENTITY_AGENT.rendered()},
        # A string: the add-on's schema knows no boolean here. Without it network policies are not enforced at all.
        VPC_CNI: {"enableNetworkPolicy": "true", "resources": _VPC_CNI.rendered()},
    }
    return configurations[addon]


def addon_workloads(addon: str) -> tuple[PodWorkload, ...]:
    """Return the pods that an add-on with `addon_configuration` makes."""
    return {
        COREDNS: (
            _deployment("coredns", _containers(_COREDNS, "coredns"), labels=_COREDNS_LABELS, service_account="coredns"),
        ),
        EBS_CSI: (
            _deployment(
                "ebs-csi-controller",
                _containers(_EBS_CSI, "ebs-plugin", "csi-provisioner", "csi-attacher", "csi-resizer", "liveness-probe"),
                labels=_EBS_CSI_LABELS,
                service_account="ebs-csi-controller-sa",
            ),
            _daemon_set(
                "ebs-csi-node",
                _containers(_EBS_CSI, "ebs-plugin", "node-driver-registrar", "liveness-probe"),
                labels={"app": "ebs-csi-node"},
                service_account="ebs-csi-node-sa",
                host_network=False,
            ),
        ),
        KUBE_PROXY: (
            _daemon_set(
                "kube-proxy",
                _containers(_KUBE_PROXY, "kube-proxy"),
                labels={"k8s-app": "kube-proxy"},
                service_account="kube-proxy",
            ),
        ),
        POD_IDENTITY_AGENT: (
            _daemon_set(
                "eks-pod-identity-agent",
                _containers(_POD_IDENTITY_AGENT, "eks-pod-identity-agent"),
                labels={"app.kubernetes.io/name": "eks-pod-identity-agent"},
                service_account="default",
            ),
        ),
        VPC_CNI: (
            _daemon_set(
                "aws-node",
                _containers(_VPC_CNI, "aws-node", "aws-eks-nodeagent"),
                labels={"k8s-app": "aws-node"},
                service_account="aws-node",
            ),
        ),
    }[addon]


def _containers(resources: ContainerResources, *names: str) -> tuple[ContainerRequest, ...]:
    return tuple(ContainerRequest(name=name, resources=resources) for name in names)


def _deployment(
    component: str, containers: tuple[ContainerRequest, ...], *, labels: Mapping[str, str], service_account: str
) -> PodWorkload:
    return PodWorkload(
        component=component,
        containers=containers,
        disruption_max_unavailable=1,
        kind=WorkloadKind.DEPLOYMENT,
        labels=labels,
        namespace=NAMESPACE,
        node_selector=system_node_selector(),
        priority_class="system-cluster-critical",
        replicas=REPLICAS,
        service_account=service_account,
        tolerations=system_tolerations(),
        topology_spread=zone_spread(labels),
    )


def _daemon_set(
    component: str,
    containers: tuple[ContainerRequest, ...],
    *,
    labels: Mapping[str, str],
    service_account: str,
    host_network: bool = True,
) -> PodWorkload:
    return PodWorkload(
        component=component,
        containers=containers,
        host_network=host_network,
        kind=WorkloadKind.DAEMON_SET,
        labels=labels,
        namespace=NAMESPACE,
        priority_class="system-node-critical",
        replicas=0,
        service_account=service_account,
        tolerations=EVERYWHERE,
    )
