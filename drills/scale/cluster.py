"""What the drill scales: the system nodes of a plan, the plan's own elastic pool, and pods that each need a node."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from clouds.machine import InstanceType
from components.base.errors import refused
from components.base.pods import ELASTIC_POOL, POOL_LABEL
from components.base.vocabulary import Cloud
from drills.harness.cluster import Manifest, settings_of
from q2o_infra.capacity.scheduling import HOST, ZONE, Place, PodSet
from q2o_infra.packing.places import region_places
from q2o_infra.packing.pods import planned_pods
from q2o_infra.plan import wire
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import decide_region
from q2o_infra.settings_errors import error_for, file_name
from sandbox.control_plane import crds, nodes
from sandbox.control_plane.client import Client
from sandbox.control_plane.versions import KARPENTER_DEFINITIONS

NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
API_VERSION = "karpenter.sh/v1"
WORKLOAD = "load"
EVERYWHERE = "everywhere"
NAMESPACE = "default"
CONSOLIDATE_AFTER = "5s"
DISRUPTION_BUDGET = "100%"
"""Instead of the pool's own: it waits two minutes and then gives a tenth of the nodes back every 25 s."""
# A pod takes this share of what the preferred machine has for it, so that no second one fits.
_POD_SHARE = 0.85
_SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The parts of a stack's plan that scaling depends on."""

    location: str
    zones: tuple[str, ...]
    standing: tuple[Place, ...]
    machines: tuple[InstanceType, ...]
    """The machines that the elastic pool may buy, the preferred one first."""
    pool: Manifest
    """The plan's NodePool."""
    everywhere: PodSet
    """Everything that runs on every node, as one pod."""
    most: int
    budgeted: int
    """Elastic nodes that the phase's budget counts."""

    @property
    def pod(self) -> tuple[int, int]:
        """Thousandths of a core and MiB that a pod of the load asks for."""
        machine = self.machines[0]
        room = (
            machine.allocatable_millicores - self.everywhere.cpu_millicores,
            machine.allocatable_memory_mib - self.everywhere.memory_mib,
        )
        return math.floor(room[0] * _POD_SHARE), math.floor(room[1] * _POD_SHARE)


def ground_of(stack: str) -> Ground:
    """Return it for a stack, on AWS and in phase 1. Raises `SettingsError`, of another cloud too, and `PlanError`."""
    settings = settings_of(stack)
    if settings.cloud is not Cloud.AWS:
        allowed = "the drill runs Karpenter with AWS' machines and prices"
        sentence = refused("cloud", settings.cloud.value, allowed, "name a stack on aws")
        raise error_for([sentence], source=file_name(stack))
    facts, recording = decide_region(stack, settings), plan_region(stack, settings)
    places = region_places(facts, recording)
    daemons = [row for row in planned_pods(recording, cloud=settings.cloud).standing if row.everywhere]
    (pool,) = recording.of_type(NODE_POOL)
    return Ground(
        location=facts.location.name,
        zones=facts.location.zones,
        standing=places.standing,
        machines=tuple(dict.fromkeys(place.machine for place in places.elastic.places)),
        pool=wire.redact(pool.wire_inputs),
        everywhere=PodSet(
            name=EVERYWHERE,
            cpu_millicores=sum(row.cpu_millicores for row in daemons),
            memory_mib=sum(row.memory_mib for row in daemons),
            pods=0,
            everywhere=True,
        ),
        most=places.elastic.most,
        budgeted=facts.contract.elastic_nodes_budgeted,
    )


def furnish(client: Client, ground: Ground, *, say: Callable[[str], None]) -> None:
    """Make the system nodes, Karpenter's definitions and the load at 0 pods."""
    for module in KARPENTER_DEFINITIONS:
        crds.install(client, crds.of_module(module, say))
    for index, place in enumerate(ground.standing):
        client.create(_system_node(index, place, ground.location))
    client.apply({"apiVersion": "karpenter.kwok.sh/v1alpha1", "kind": "KWOKNodeClass", "metadata": {"name": "drill"}})
    for manifest in _workloads(ground):
        client.apply(manifest)


def our_pool(ground: Ground) -> Manifest:
    """Return the plan's pool, with simulated machines behind it."""
    manifest = copy.deepcopy(ground.pool)
    manifest["metadata"] = {"name": ELASTIC_POOL}
    manifest["spec"]["template"]["spec"]["nodeClassRef"] = _NODE_CLASS
    manifest["spec"]["disruption"].update(budgets=[{"nodes": DISRUPTION_BUDGET}], consolidateAfter=CONSOLIDATE_AFTER)
    return manifest


def bare_pool(ground: Ground) -> Manifest:
    """Return a pool that asks for nothing but Linux and may grow as far as ours."""
    manifest = our_pool(ground)
    manifest["spec"]["template"]["spec"]["requirements"] = [
        {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand", "spot"]},
    ]
    return manifest


def scale(client: Client, pods: int) -> None:
    """Ask for so many pods of the load."""
    client.patch("apps/v1", "Deployment", WORKLOAD, {"spec": {"replicas": pods}}, NAMESPACE)


def ready(client: Client) -> int:
    """Return how many pods of the load run."""
    status = client.get("apps/v1", "Deployment", WORKLOAD, NAMESPACE).get("status") or {}
    return int(status.get("readyReplicas", 0))


def elastic_nodes(client: Client) -> list[Manifest]:
    """Return the nodes of the elastic pool."""
    return nodes.list_nodes(client, f"{POOL_LABEL}={ELASTIC_POOL}")


def bought(found: list[Manifest]) -> Counter[tuple[str, str]]:
    """Return nodes by machine and kind of capacity."""
    labels = [row["metadata"]["labels"] for row in found]
    return Counter((row["node.kubernetes.io/instance-type"], row["karpenter.sh/capacity-type"]) for row in labels)


_NODE_CLASS = {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "drill"}


def _system_node(index: int, place: Place, location: str) -> Manifest:
    machine = place.machine
    amounts = nodes.NodeResources(
        cpu_millicores=machine.allocatable_millicores, memory_mib=machine.allocatable_memory_mib, pods=machine.pods
    )
    zone = place.labels[ZONE]
    return nodes.node_manifest(
        name=nodes.node_name(f"{_SYSTEM}-{index}", zone),
        instance_type=machine.name,
        zone=zone,
        zone_id=zone,
        region=location,
        arch="arm64",
        capacity=amounts,
        allocatable=amounts,
        labels={POOL_LABEL: _SYSTEM},
        taints=[nodes.Taint(key=taint.key, value=taint.value, effect="NoSchedule") for taint in place.taints],
    )


def _workloads(ground: Ground) -> Iterator[Manifest]:
    millicores, mib = ground.pod
    selector = {"labelSelector": {"matchLabels": {"app": WORKLOAD}}}
    alone = [{**selector, "topologyKey": HOST}]
    spread = {"maxSkew": 1, "nodeTaintsPolicy": "Honor", "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule"}
    yield _workload(
        "Deployment",
        WORKLOAD,
        _container(millicores, mib),
        replicas=0,
        affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": alone}},
        topologySpreadConstraints=[{**selector, **spread}],
    )
    daemon = _container(ground.everywhere.cpu_millicores, ground.everywhere.memory_mib)
    yield _workload("DaemonSet", EVERYWHERE, daemon, tolerations=[{"operator": "Exists"}])


def _workload(kind: str, name: str, container: Manifest, *, replicas: int | None = None, **pod: Any) -> Manifest:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            **({} if replicas is None else {"replicas": replicas}),
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 1, **pod},
            },
        },
    }


def _container(millicores: int, mib: int) -> Manifest:
    return {
        "name": "pod",
        "image": "sandbox.invalid/stand-in",
        "resources": {"requests": {"cpu": f"{millicores}m", "memory": f"{mib}Mi"}},
    }
