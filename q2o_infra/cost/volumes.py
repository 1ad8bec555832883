"""What disks cost: claims of stateful pods and root disks of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from components.base.errors import CostError
from components.base.quantities import mebibytes
from components.base.vocabulary import Cloud
from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.quantity import NONE, Quantity, always
from q2o_infra.cost.site import Site
from q2o_infra.plan.monitor import Registration

_MIB_PER_GIB = Decimal(1024)
# Azure sells Premium SSD, which root disks are, in sizes; by the most GiB that each holds ("Managed Disks pricing").
AZURE_SIZES: tuple[tuple[int, str], ...] = ((32, "volume/p4"), (64, "volume/p6"), (128, "volume/p10"))


def root_disk_line(site: Site, row: Registration, what: str, disks: Quantity, gib: int) -> Line:
    """Return the line of the root disks of `gib` each; Azure sells them in sizes, the others by the GiB."""
    why = f"{gib} GiB for each node that stands"
    if site.facts.location.cloud is Cloud.AZURE:
        size = next((key for largest, key in AZURE_SIZES if gib <= largest), None)
        if size is None:
            raise CostError(
                f"{row.type} {row.name}: there is no price of a disk of {gib} GiB; add its size to the price book."
            )
        return site.line(row, Group.VOLUMES, what, disks, size, why=why)
    return site.line(row, Group.VOLUMES, what, disks * gib, "volume", why=why)


def gibibytes(quantity: str) -> Decimal:
    """Return a Kubernetes quantity in GiB."""
    return Decimal(mebibytes(quantity)) / _MIB_PER_GIB


def claims(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a line for each volume that the pods of a StatefulSet claim."""
    spec = row.inputs["spec"]
    for claim in spec.get("volumeClaimTemplates") or ():
        yield _claim(site, row, claim, int(spec.get("replicas", 1)))


def prometheus(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the line of the volumes that the operator claims for a Prometheus."""
    spec = row.inputs["spec"]
    template = (spec.get("storage") or {}).get("volumeClaimTemplate")
    if template:
        yield _claim(site, row, template, int(spec.get("replicas", 1)))


def single_claim(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the line of one claim that stands for itself."""
    yield _claim(site, row, row.inputs, 1)


def _claim(site: Site, row: Registration, claim: dict[str, Any], count: int) -> Line:
    gib = gibibytes(str(claim["spec"]["resources"]["requests"]["storage"]))
    why = f"claims of {gib.normalize():f} GiB"
    return site.line(row, Group.VOLUMES, "volumes of data", always(count * gib), "volume", why=why)


def root_disks(site: Site, row: Registration, *, elastic: bool) -> Iterator[Line]:
    """Yield the line of the root disks of a pool."""
    pools = site.pools
    nodes = pools.elastic_nodes if elastic else always(pools.system_nodes)
    gib = pools.elastic_disk_gib if elastic else pools.system_disk_gib
    if gib and nodes != NONE:
        pool = "elastic" if elastic else "system"
        yield root_disk_line(site, row, f"root disks, {pool}", nodes, gib)
