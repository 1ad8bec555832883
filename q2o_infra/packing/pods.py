"""The pods that will stand in a region, read from its plan.

Deployments and StatefulSets are in the plan; the pods of charts, add-ons and operators are computed by the functions
that the sandbox's stand-ins use. A scaled object counts with its minimum. The pods of jobs are apart: they come and go,
and need room only while they run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.base.errors import PlanError
from components.base.pods import PodWorkload, WorkloadKind
from components.base.quantities import mebibytes, millicores
from components.base.vocabulary import Cloud
from components.edge import gateway_operator
from components.observability import prometheus_operator
from q2o_infra.capacity.scheduling import HOST, ZONE, PodSet, Spread, Toleration
from q2o_infra.phases import chart_pods
from q2o_infra.phases.every_node import managed_pods
from q2o_infra.plan import wire
from q2o_infra.plan.recorder import Recording

Manifest = dict[str, Any]

_RELEASE = "kubernetes:helm.sh/v3:Release"
_SCALED = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
_PRIORITY = "kubernetes:scheduling.k8s.io/v1:PriorityClass"
_JOB = "kubernetes:batch/v1:CronJob"
_GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
_PROMETHEUS = "kubernetes:monitoring.coreos.com/v1:Prometheus"
# Kubernetes documentation, "Guaranteed Scheduling For Critical Add-On Pods".
_BUILT_IN = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


@dataclass(frozen=True, kw_only=True)
class PlannedPods:
    """All pods of a plan."""

    standing: tuple[PodSet, ...]
    jobs: tuple[PodSet, ...]
    """One pod of each job."""


class _PlannedObjects:
    """Answers as the API server would, from the plan."""

    def __init__(self, recording: Recording) -> None:
        self._found = {
            (manifest["apiVersion"], manifest["kind"], metadata.get("namespace"), metadata["name"]): manifest
            for row in recording.resources
            if (manifest := row.inputs).get("apiVersion") and isinstance(metadata := manifest.get("metadata"), dict)
            if "name" in metadata
        }

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Manifest:
        """Return one object. Raises `PlanError` when the plan lacks it."""
        found = self._found.get((api_version, kind, namespace, name))
        if found is None:
            raise PlanError(f"plan: there is no {kind} {namespace}/{name}, and another object names it.")
        return found


def planned_pods(recording: Recording, *, cloud: Cloud) -> PlannedPods:
    """Return the pods of a plan on `cloud`. Raises `PlanError` for what cannot be counted."""
    ranks = {
        **_BUILT_IN,
        **{row.inputs["metadata"]["name"]: int(row.inputs["value"]) for row in recording.of_type(_PRIORITY)},
    }
    described = [*_of_charts(recording), *_of_operators(recording), *managed_pods(cloud)]
    minima = _minima(recording)
    standing = [
        *(_from_workload(row, ranks) for row in described),
        *(
            _from_template(
                manifest,
                manifest["spec"]["template"],
                ranks,
                pods=minima.get(_key(manifest), int(manifest["spec"].get("replicas", 1))),
            )
            for manifest in _manifests(recording)
        ),
    ]
    jobs = (
        _from_template(row, row["spec"]["jobTemplate"]["spec"]["template"], ranks, pods=1)
        for row in (_plain(found.wire_inputs) for found in recording.of_type(_JOB))
    )
    return PlannedPods(standing=tuple(standing), jobs=tuple(jobs))


def _plain(inputs: Any) -> Manifest:
    found: Manifest = wire.redact(inputs)
    return found


def _manifests(recording: Recording) -> Iterator[Manifest]:
    for kind in (WorkloadKind.DEPLOYMENT, WorkloadKind.STATEFUL_SET, WorkloadKind.DAEMON_SET):
        for row in recording.of_type(f"kubernetes:apps/v1:{kind.value}"):
            yield _plain(row.wire_inputs)


def _key(manifest: Manifest) -> tuple[str, str, str]:
    return manifest["metadata"]["namespace"], manifest["kind"], manifest["metadata"]["name"]


def _minima(recording: Recording) -> dict[tuple[str, str, str], int]:
    found = {}
    for row in recording.of_type(_SCALED):
        manifest = _plain(row.wire_inputs)
        target = manifest["spec"]["scaleTargetRef"]
        key = (manifest["metadata"]["namespace"], target["kind"], target["name"])
        found[key] = int(manifest["spec"]["minReplicas"])
    return found


def _of_charts(recording: Recording) -> Iterator[PodWorkload]:
    for row in recording.of_type(_RELEASE):
        chart = str(row.inputs["chart"]).rpartition("/")[2]
        yield from chart_pods.workloads(
            chart, namespace=str(row.inputs["namespace"]), values=row.inputs.get("values") or {}
        )


def _of_operators(recording: Recording) -> Iterator[PodWorkload]:
    objects = _PlannedObjects(recording)
    for row in recording.of_type(_PROMETHEUS):
        yield prometheus_operator.workload(row.inputs)
    for row in recording.of_type(_GATEWAY):
        yield gateway_operator.workload(objects, row.inputs)


def _from_workload(workload: PodWorkload, ranks: Mapping[str, int]) -> PodSet:
    return PodSet(
        name=f"{workload.namespace}/{workload.component}",
        cpu_millicores=workload.cpu_millicores,
        memory_mib=workload.memory_mib,
        pods=workload.replicas,
        everywhere=workload.kind is WorkloadKind.DAEMON_SET,
        node_selector=dict(workload.node_selector),
        priority=ranks.get(workload.priority_class or "", 0),
        spread=_spread(workload.topology_spread),
        storage_gib=sum(row.size_gib for row in workload.volumes),
        tolerations=_tolerations(workload.tolerations),
        volumes=len(workload.volumes),
    )


def _from_template(manifest: Manifest, template: Manifest, ranks: Mapping[str, int], *, pods: int) -> PodSet:
    spec = template["spec"]
    namespace, kind, name = _key(manifest)
    everywhere = kind == WorkloadKind.DAEMON_SET.value
    claims = manifest["spec"].get("volumeClaimTemplates") or ()
    return PodSet(
        name=f"{namespace}/{name}",
        cpu_millicores=_requested(spec, "cpu", millicores),
        memory_mib=_requested(spec, "memory", mebibytes),
        pods=0 if everywhere else pods,
        everywhere=everywhere,
        node_selector={**(spec.get("nodeSelector") or {}), **_affinity(spec, f"{namespace}/{name}")},
        priority=ranks.get(spec.get("priorityClassName", ""), 0),
        spread=_spread(spec.get("topologySpreadConstraints") or ()),
        storage_gib=sum(mebibytes(row["spec"]["resources"]["requests"]["storage"]) for row in claims) // 1024,
        tolerations=_tolerations(spec.get("tolerations") or ()),
        volumes=len(claims),
    )


def _requested(spec: Manifest, resource: str, parse: Any) -> int:
    """Return what a pod asks for: its containers together, or its largest first step where that is more."""

    def of(container: Manifest) -> int:
        requests = (container.get("resources") or {}).get("requests") or {}
        return int(parse(str(requests.get(resource, "0"))))

    steps = [of(row) for row in spec.get("initContainers") or () if row.get("restartPolicy") != "Always"]
    beside = [of(row) for row in spec.get("initContainers") or () if row.get("restartPolicy") == "Always"]
    return max(sum(map(of, spec["containers"])) + sum(beside), *steps, 0)


def _affinity(spec: Manifest, where: str) -> dict[str, str]:
    """Return what a pod's required node affinity comes to, as a selector. Raises `PlanError` where it is more."""
    node = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms = (node.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or []
    if not terms:
        return {}
    expressions = terms[0].get("matchExpressions") or []
    if len(terms) > 1 or any(row["operator"] != "In" or len(row["values"]) != 1 for row in expressions):
        raise PlanError(
            f"{where}: its node affinity is more than one value for each label, which nobody can count here."
        )
    return {row["key"]: str(row["values"][0]) for row in expressions}


def _spread(rows: Iterable[Mapping[str, Any]]) -> tuple[Spread, ...]:
    return tuple(
        Spread(
            key=str(row["topologyKey"]), max_skew=int(row["maxSkew"]), must=row["whenUnsatisfiable"] == "DoNotSchedule"
        )
        for row in rows
        if row["topologyKey"] in {ZONE, HOST}
    )


def _tolerations(rows: Sequence[Mapping[str, Any]]) -> tuple[Toleration, ...]:
    return tuple(
        Toleration(key=str(row.get("key") or ""), value=str(row.get("value") or ""))
        for row in rows
        if row.get("effect") in (None, "", "NoSchedule")
    )
