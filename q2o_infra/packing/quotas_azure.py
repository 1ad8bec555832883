"""The quotas of Azure that a plan may meet, for the subscription and location.

Defaults: Azure documentation, "Azure subscription and service limits" (November 2026). A family that is new to a
subscription often starts at 0, whatever that page says, so families have no default here. Codes are those of
`az vm list-usage` and `az network list-usages`.
"""

from __future__ import annotations

from q2o_infra.packing.quotas import QuotaRow

_LIMITS = "Azure documentation, Azure subscription and service limits, 2026-11"


def _family(name: str, code: str, *machines: str) -> QuotaRow:
    return QuotaRow(
        name=f"Standard {name} Family vCPUs",
        code=code,
        default=None,
        source=_LIMITS,
        count=lambda demand: demand.vcpus(spot=False, families=machines),
    )


AZURE_QUOTAS: tuple[QuotaRow, ...] = (
    QuotaRow(
        name="Total Regional vCPUs",
        code="cores",
        default=20,
        source=_LIMITS,
        count=lambda demand: demand.vcpus(spot=False),
    ),
    QuotaRow(
        name="Total Regional Spot vCPUs",
        code="lowPriorityCores",
        default=20,
        source=_LIMITS,
        count=lambda demand: demand.vcpus(spot=True),
    ),
    _family("Dpsv6", "standardDpsv6Family", "Standard_D2ps_v6", "Standard_D4ps_v6"),
    _family("Epsv6", "standardEpsv6Family", "Standard_E2ps_v6", "Standard_E4ps_v6"),
    _family("Dplsv6", "standardDplsv6Family", "Standard_D2pls_v6", "Standard_D4pls_v6"),
    _family("Dpsv5", "standardDPSv5Family", "Standard_D2ps_v5", "Standard_D4ps_v5"),
    _family("Epsv5", "standardEPSv5Family", "Standard_E2ps_v5", "Standard_E4ps_v5"),
    _family("Dplsv5", "standardDPLSv5Family", "Standard_D2pls_v5", "Standard_D4pls_v5"),
    QuotaRow(
        name="Standard public IPv4 addresses",
        code="StandardPublicIPAddresses",
        default=20,
        source=_LIMITS,
        count=lambda demand: demand.resources("azure-native:network:PublicIPAddress"),
    ),
    QuotaRow(
        name="Virtual networks",
        code="VirtualNetworks",
        default=1_000,
        source=_LIMITS,
        count=lambda demand: demand.resources("azure-native:network:VirtualNetwork"),
    ),
    QuotaRow(
        name="Premium and standard SSD managed disks",
        code="PremiumDiskCount",
        default=50_000,
        source=_LIMITS,
        count=lambda demand: demand.nodes(),
    ),
    QuotaRow(
        name="Nodes per cluster",
        code="by a support case",
        default=5_000,
        source=_LIMITS,
        count=lambda demand: demand.nodes(),
    ),
)
