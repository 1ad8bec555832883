"""What the EKS add-ons are told, and that the stand-ins for their pods say the same."""

from __future__ import annotations

from typing import Any

import pytest

from components.base.errors import ComponentError
from components.base.pods import ContainerResources, PodWorkload, WorkloadKind, zone_spread
from components.cluster.addons import (
    ADDONS,
    COREDNS,
    EBS_CSI,
    KUBE_PROXY,
    POD_IDENTITY_AGENT,
    VPC_CNI,
    addon_configuration,
    addon_workloads,
)

WORKLOADS = {workload.component: workload for addon in ADDONS for workload in addon_workloads(addon)}


def sized(section: dict[str, Any]) -> tuple[str, str, str]:
    resources = section["resources"]
    return resources["requests"]["cpu"], resources["requests"]["memory"], resources["limits"]["memory"]


def asked(workload: PodWorkload) -> set[tuple[str, str, str]]:
    return {sized({"resources": container.resources.rendered()}) for container in workload.containers}


def test_the_addons_make_the_pods_that_their_charts_document() -> None:
    assert {
        name: (row.kind, row.service_account, tuple(container.name for container in row.containers))
        for name, row in WORKLOADS.items()
    } == {
        "aws-node": (WorkloadKind.DAEMON_SET, "aws-node", ("aws-node", "aws-eks-nodeagent")),
        "coredns": (WorkloadKind.DEPLOYMENT, "coredns", ("coredns",)),
        "ebs-csi-controller": (
            WorkloadKind.DEPLOYMENT,
            "ebs-csi-controller-sa",
            ("ebs-plugin", "csi-provisioner", "csi-attacher", "csi-resizer", "liveness-probe"),
        ),
        "ebs-csi-node": (
            WorkloadKind.DAEMON_SET,
            "ebs-csi-node-sa",
            ("ebs-plugin", "node-driver-registrar", "liveness-probe"),
        ),
        "eks-pod-identity-agent": (WorkloadKind.DAEMON_SET, "default", ("eks-pod-identity-agent",)),
        "kube-proxy": (WorkloadKind.DAEMON_SET, "kube-proxy", ("kube-proxy",)),
    }


@pytest.mark.parametrize(
    ("component", "addon", "path"),
    [
        ("coredns", COREDNS, ()),
        ("ebs-csi-controller", EBS_CSI, ("controller",)),
        ("ebs-csi-node", EBS_CSI, ("node",)),
        ("kube-proxy", KUBE_PROXY, ()),
        ("eks-pod-identity-agent", POD_IDENTITY_AGENT, ()),
        ("aws-node", VPC_CNI, ()),
    ],
)
def test_an_addon_is_told_what_its_stand_in_asks_for(component: str, addon: str, path: tuple[str, ...]) -> None:
    section = addon_configuration(addon)
    for key in path:
        section = section[key]

    assert {sized(section)} == asked(WORKLOADS[component])


def test_requests_are_the_addons_documented_defaults_where_they_have_one() -> None:
    assert {("100m", "70Mi", "170Mi")} == asked(WORKLOADS["coredns"])
    assert {("10m", "40Mi", "256Mi")} == asked(WORKLOADS["ebs-csi-node"])
    assert {25} == {container.resources.cpu_millicores for container in WORKLOADS["aws-node"].containers}


@pytest.mark.parametrize(("addon", "path"), [(COREDNS, ()), (EBS_CSI, ("controller",))])
def test_controllers_stay_on_the_system_pool_one_to_a_zone(addon: str, path: tuple[str, ...]) -> None:
    section = addon_configuration(addon)
    for key in path:
        section = section[key]
    workload = addon_workloads(addon)[0]

    assert 2 == section["replicaCount"] == workload.replicas
    assert {"q2o.dev/pool": "system"} == section["nodeSelector"] == workload.node_selector
    assert section["tolerations"] == workload.tolerations
    assert section["topologySpreadConstraints"] == workload.topology_spread == zone_spread(workload.labels)


def test_what_every_node_needs_runs_on_tainted_nodes_too() -> None:
    everywhere = [row for row in WORKLOADS.values() if row.kind is WorkloadKind.DAEMON_SET]

    assert len(everywhere) == 4
    for row in everywhere:
        assert list(row.tolerations) == [{"operator": "Exists"}], row.component
    assert addon_configuration(EBS_CSI)["node"]["tolerateAllTaints"]


def test_network_policies_are_enforced() -> None:
    assert addon_configuration(VPC_CNI)["enableNetworkPolicy"] == "true", "off, they are accepted and do nothing"


def test_a_pod_asks_for_the_sum_of_its_containers() -> None:
    assert (WORKLOADS["ebs-csi-controller"].cpu_millicores, WORKLOADS["ebs-csi-controller"].memory_mib) == (50, 200)


def test_a_dead_zone_is_not_counted_as_an_empty_one() -> None:
    (constraint,) = zone_spread({"app": "x"})

    assert (constraint["whenUnsatisfiable"], constraint["nodeTaintsPolicy"]) == ("DoNotSchedule", "Honor")


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        pytest.param(
            {"cpu_millicores": 0, "memory_mib": 1},
            "resources.cpu_millicores: 0 is not allowed: 1 or more; ask for what the container needs.",
            id="nothing-asked",
        ),
        pytest.param(
            {"cpu_millicores": 1, "memory_mib": 64, "memory_limit_mib": 32},
            "resources.memory_limit_mib: 32 is not allowed: the 64 MiB asked for, or more; raise the limit.",
            id="limit-below-request",
        ),
    ],
)
def test_sizes_that_cannot_run_are_refused(figures: dict[str, int], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        ContainerResources(**figures)

    assert message == refusal.value.message


def test_memory_may_not_grow_unless_a_limit_says_so() -> None:
    assert ContainerResources(cpu_millicores=10, memory_mib=64).rendered() == {
        "limits": {"memory": "64Mi"},
        "requests": {"cpu": "10m", "memory": "64Mi"},
    }
