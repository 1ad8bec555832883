"""The machines that a region may put its pods on: the system pool, which stands, and what the elastic one may buy.

Both come from the same tables that the program gives to the cloud; a plan that names none of these machines is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from clouds.machine import InstanceType
from components.base.errors import PlanError
from components.base.pods import CRITICAL_TAINT, ELASTIC_POOL, GKE_MANAGED, POOL_LABEL, SYSTEM_POOL
from components.base.vocabulary import Cloud
from q2o_infra.capacity.packing import ElasticPool
from q2o_infra.capacity.scheduling import ZONE, Place, Taint
from q2o_infra.phases.machines import elastic_machines, system_machine
from q2o_infra.phases.spending import usual_nodes
from q2o_infra.plan import wire
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts

# Label by which AKS' own pods choose nodes.
_MODE = "kubernetes.azure.com/mode"
# What each cloud's system pool is tainted with, so that the cloud's own pods still land there.
_SYSTEM_TAINTS: dict[Cloud, Taint] = {
    Cloud.AWS: Taint(key=POOL_LABEL, value=SYSTEM_POOL),
    Cloud.GCP: Taint(key=GKE_MANAGED, value="true"),
    Cloud.AZURE: Taint(key=CRITICAL_TAINT, value="true"),
}


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where pods may sit."""

    standing: tuple[Place, ...]
    elastic: ElasticPool


def region_places(facts: RegionFacts, recording: Recording) -> Places:
    """Return the machines of a region. Raises `PlanError` when its plan names others."""
    cloud, location = facts.settings.cloud, facts.location.name
    system = system_machine(cloud, location)
    elastic = elastic_machines(cloud, location)
    _require_named(recording, [system.name, elastic[0].name])
    zones = facts.location.zones
    return Places(
        standing=tuple(
            _place(facts, system, SYSTEM_POOL, zones[index % len(zones)], spot=False)
            for index in range(facts.contract.nodes_minimum)
        ),
        elastic=ElasticPool(
            name=ELASTIC_POOL,
            places=tuple(
                _place(facts, machine, ELASTIC_POOL, zone, spot=True) for machine in elastic for zone in zones
            ),
            most=usual_nodes(facts),
        ),
    )


def _place(facts: RegionFacts, machine: InstanceType, pool: str, zone: str, *, spot: bool) -> Place:
    cloud = facts.settings.cloud
    labels = {POOL_LABEL: pool, ZONE: zone, "kubernetes.io/arch": machine.architecture, "kubernetes.io/os": "linux"}
    # Where zones have a label of their own as well, pods choose by that.
    labels[facts.location.zone_label] = zone
    if cloud is Cloud.AZURE:
        labels[_MODE] = "system" if pool == SYSTEM_POOL else "user"
    taints = (_SYSTEM_TAINTS[cloud],) if pool == SYSTEM_POOL else ()
    return Place(machine=machine, pool=pool, spot=spot, labels=labels, taints=taints)


def _require_named(recording: Recording, names: list[str]) -> None:
    text = json.dumps([wire.redact(row.wire_inputs) for row in recording.resources if row.custom])
    missing = [name for name in names if f'"{name}"' not in text]
    if missing:
        raise PlanError(
            f"plan: no resource names {' or '.join(missing)}, of which the pools are by q2o_infra/phases/machines.py; "
            "give the pools the machines of that table."
        )
