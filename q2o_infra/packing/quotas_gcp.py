"""The quotas of Google Cloud that a plan may meet.

Compute Engine gives a project quotas by its history ("Allocation quotas": defaults vary by project), so most have no
default here. Codes are the metrics that `gcloud compute regions describe LOCATION` prints.
"""

from __future__ import annotations

from q2o_infra.packing.quotas import QuotaRow

_COMPUTE = "Compute Engine documentation, Allocation quotas, 2026-11: defaults vary by project"
_GKE = "GKE documentation, Quotas and limits, 2026-11"

GCP_QUOTAS: tuple[QuotaRow, ...] = (
    QuotaRow(
        name="C4A CPUs",
        code="CPUS_PER_VM_FAMILY/C4A",
        default=None,
        source=_COMPUTE,
        count=lambda demand: demand.vcpus(spot=False, families=("c4a",)),
    ),
    QuotaRow(
        name="N4A CPUs",
        code="CPUS_PER_VM_FAMILY/N4A",
        default=None,
        source=_COMPUTE,
        count=lambda demand: demand.vcpus(spot=False, families=("n4a",)),
    ),
    QuotaRow(
        name="Preemptible CPUs",
        code="PREEMPTIBLE_CPUS",
        default=None,
        source=_COMPUTE,
        count=lambda demand: demand.vcpus(spot=True),
    ),
    QuotaRow(
        name="Hyperdisk Balanced capacity, GB",
        code="HDB_TOTAL_GB",
        default=None,
        source=_COMPUTE,
        count=lambda demand: demand.storage_gib(),
    ),
    QuotaRow(
        name="Static external IP addresses",
        code="STATIC_ADDRESSES",
        default=None,
        source=_COMPUTE,
        count=lambda demand: demand.resources("gcp:compute/address:Address", "gcp:compute/globalAddress:GlobalAddress"),
    ),
    QuotaRow(
        name="VPC networks",
        code="NETWORKS",
        default=None,
        source=_COMPUTE,
        count=lambda demand: demand.resources("gcp:compute/network:Network"),
    ),
    QuotaRow(
        name="Forwarding rules",
        code="FORWARDING_RULES",
        default=None,
        source=_COMPUTE,
        count=lambda demand: demand.resources(
            "gcp:compute/forwardingRule:ForwardingRule", "gcp:compute/globalForwardingRule:GlobalForwardingRule"
        ),
    ),
    QuotaRow(
        name="Nodes per cluster",
        code="by a support case",
        default=5_000,
        source=_GKE,
        count=lambda demand: demand.nodes(),
    ),
)
