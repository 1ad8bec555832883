"""The quotas of AWS that a plan may meet, for the account and location.

Defaults: AWS General Reference, "Service endpoints and quotas" (November 2026). Codes are service and quota of
`aws service-quotas get-service-quota`.
"""

from __future__ import annotations

from q2o_infra.packing.quotas import QuotaRow

_REFERENCE = "AWS General Reference, Service endpoints and quotas, 2026-11"

AWS_QUOTAS: tuple[QuotaRow, ...] = (
    QuotaRow(
        name="Running On-Demand Standard instances, vCPUs",
        code="ec2/L-1216C47A",
        default=5,
        source=_REFERENCE,
        count=lambda demand: demand.vcpus(spot=False),
    ),
    QuotaRow(
        name="All Standard Spot Instance Requests, vCPUs",
        code="ec2/L-34B43A08",
        default=5,
        source=_REFERENCE,
        count=lambda demand: demand.vcpus(spot=True),
    ),
    QuotaRow(
        name="EC2-VPC Elastic IPs",
        code="ec2/L-0263D0A3",
        default=5,
        source=_REFERENCE,
        count=lambda demand: demand.resources("aws:ec2/eip:Eip"),
    ),
    QuotaRow(
        name="VPCs per Region",
        code="vpc/L-F678F1CE",
        default=5,
        source=_REFERENCE,
        count=lambda demand: demand.resources("aws:ec2/vpc:Vpc"),
    ),
    QuotaRow(
        name="NAT gateways per Availability Zone",
        code="vpc/L-FE5A380F",
        default=5,
        source=_REFERENCE,
        count=lambda demand: demand.resources("aws:ec2/natGateway:NatGateway"),
    ),
    QuotaRow(
        name="Interface VPC endpoints per VPC",
        code="vpc/L-29B6F2EB",
        default=50,
        source=_REFERENCE,
        count=lambda demand: demand.resources("aws:ec2/vpcEndpoint:VpcEndpoint"),
    ),
    QuotaRow(
        name="Application Load Balancers per Region",
        code="elasticloadbalancing/L-53DA6B97",
        default=50,
        source=_REFERENCE,
        count=lambda demand: demand.resources("aws:lb/loadBalancer:LoadBalancer"),
    ),
    QuotaRow(
        name="Storage for General Purpose SSD (gp3) volumes, GiB",
        code="ebs/L-7A658B76",
        default=50 * 1024,
        source=_REFERENCE,
        count=lambda demand: demand.storage_gib(),
    ),
    QuotaRow(
        name="EKS clusters per Region",
        code="eks/L-1194D53C",
        default=100,
        source=_REFERENCE,
        count=lambda demand: demand.resources("aws:eks/cluster:Cluster"),
    ),
    QuotaRow(
        name="Nodes per managed node group",
        code="eks/L-BD136A63",
        default=450,
        source=_REFERENCE,
        count=lambda demand: demand.standing_nodes(),
    ),
)
