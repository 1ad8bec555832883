"""The file from which Karpenter's simulated provider buys: our machines, at our prices, in the region's zones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from clouds.machine import InstanceType
from q2o_infra.packing.prices import MachinePrices

# What the provider itself takes off every machine (karpenter v1.14.1, `kwok/cloudprovider/helpers.go`); what is left is
# then what the catalogue says.
_OVERHEAD_MILLICORES = 100
_OVERHEAD_MIB = 10
_ZONE_LABELS = ("topology.kubernetes.io/zone", "topology.k8s.aws/zone-id")
CAPACITY_LABEL = "karpenter.sh/capacity-type"
ON_DEMAND, SPOT = "on-demand", "spot"

Rows = list[dict[str, Any]]


def instance_types(
    machines: Iterable[InstanceType],
    *,
    zones: Sequence[str],
    location: str,
    prices: MachinePrices,
    spot: bool,
) -> Rows:
    """Return the machines that have a price; without `spot` none is offered as spot."""
    return [row for machine in machines if (row := _row(machine, zones, location, prices, spot=spot))["offerings"]]


def write(rows: Rows, path: Path) -> Path:
    """Write the file and return where it is."""
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return path


def price_table(rows: Rows) -> dict[tuple[str, str], float]:
    """Return USD an hour by machine and kind of capacity."""
    return {(row["name"], _value(offer, CAPACITY_LABEL)): offer["Price"] for row in rows for offer in row["offerings"]}


def _row(
    machine: InstanceType, zones: Sequence[str], location: str, prices: MachinePrices, *, spot: bool
) -> dict[str, Any]:
    kinds = (ON_DEMAND, SPOT) if spot else (ON_DEMAND,)
    priced = [(kind, prices(machine.name, location=location, spot=kind == SPOT)) for kind in kinds]
    return {
        "name": machine.name,
        "architecture": machine.architecture,
        "operatingSystems": ["linux"],
        "offerings": [
            {"Price": price, "Available": True, "Requirements": [_one(CAPACITY_LABEL, kind), *_zone(zone)]}
            for kind, price in priced
            if price is not None
            for zone in zones
        ],
        "resources": {
            "cpu": f"{machine.allocatable_millicores + _OVERHEAD_MILLICORES}m",
            "memory": f"{machine.allocatable_memory_mib + _OVERHEAD_MIB}Mi",
            "pods": str(machine.pods),
            "ephemeral-storage": "20Gi",
        },
    }


def _zone(zone: str) -> list[dict[str, Any]]:
    return [_one(label, zone) for label in _ZONE_LABELS]


def _one(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": [value]}


def _value(offer: dict[str, Any], key: str) -> str:
    return next(str(row["values"][0]) for row in offer["Requirements"] if row["key"] == key)
