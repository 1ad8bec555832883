"""What each cloud calls its own in a stack file: the account, who administers the cluster, the DNS zone.

A stack file may hold several of these blocks: the region runs on one cloud, and can be looked at on the others.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from q2o_infra.settings_fields import Allowed

REFUSED = "refused"
"""Type of the errors that carry their own words: `allowed` and `action`, and `given` where that is not the input."""

_ADMINISTRATORS = Field(min_length=1, json_schema_extra={"uniqueItems": True})


class SettingsModel(BaseModel):
    """Frozen, and strict about keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


def each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return `values` if none stands there twice. Raises what pydantic takes for a refusal."""
    for value in values:
        if values.count(value) > 1:
            raise PydanticCustomError(
                REFUSED,
                "listed twice",
                {"given": value, "allowed": "it is listed more than once", "action": "keep one of these entries"},
            )
    return values


AccountId = Annotated[
    str,
    Field(pattern=r"^[0-9]{12}$"),
    Allowed(
        words="an account id of 12 digits, in quotes because it is no number",
        action='write it as "123456789012"',
    ),
]
# An access entry takes no session of an assumed role, and each principal once (EKS API reference, CreateAccessEntry);
# users are left out because their credentials do not expire.
RoleArn = Annotated[
    str,
    Field(pattern=r"^arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$"),
    Allowed(
        words="the ARN of an IAM role, arn:aws:iam::<12 digits>:role/<name>",
        action="name the role itself, not a user and not a session of the role",
    ),
]
# Route 53 API reference, "HostedZone": 32 characters at most.
HostedZoneId = Annotated[
    str,
    Field(pattern=r"^Z[A-Z0-9]{1,31}$"),
    Allowed(
        words="the id of the hosted zone that edge.zone_name names, Z and capital letters and digits",
        action="copy it from `aws route53 list-hosted-zones`, without /hostedzone/",
    ),
]
# Resource Manager API reference, Project.projectId: 6 to 30 characters.
ProjectId = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"),
    Allowed(
        words="a project id of 6 to 30 small letters, digits and hyphens, beginning with a letter",
        action="copy it from `gcloud projects list`; it is neither the project's name nor its number",
    ),
]
# IAM reference, "Principal identifiers"; service accounts are how a pipeline deploys.
GcpPrincipal = Annotated[
    str,
    Field(pattern=r"^(group|serviceAccount):[A-Za-z0-9._-]+@[a-z0-9.-]+\.[a-z]{2,}$"),
    Allowed(
        words="a group or a service account, group:<mail address> or serviceAccount:<mail address>",
        action="name a group of people, not one of them",
    ),
]
# Cloud DNS API reference, ManagedZone.name.
ManagedZoneName = Annotated[
    str,
    Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"),
    Allowed(
        words="the name of the managed zone whose DNS name is edge.zone_name: small letters, digits and hyphens",
        action="copy it from `gcloud dns managed-zones list`",
    ),
]
# Cloud Billing API reference, BillingAccount.name.
BillingAccount = Annotated[
    str,
    Field(pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$"),
    Allowed(
        words="the id of a billing account, 012345-6789AB-CDEF01",
        action="copy it from `gcloud billing accounts list`",
    ),
]
_GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SubscriptionId = Annotated[
    str,
    Field(pattern=rf"^{_GUID}$"),
    Allowed(
        words="a subscription id such as 00000000-0000-0000-0000-000000000000, in small letters",
        action="copy it from `az account show`",
    ),
]
TenantId = Annotated[
    str,
    Field(pattern=rf"^{_GUID}$"),
    Allowed(
        words="a tenant id such as 00000000-0000-0000-0000-000000000000, in small letters",
        action="copy it from `az account show`",
    ),
]
EntraGroupId = Annotated[
    str,
    Field(pattern=rf"^{_GUID}$"),
    Allowed(
        words="the object id of an Entra group, such as 00000000-0000-0000-0000-000000000000",
        action="copy it from `az ad group show`; an application's id is another one",
    ),
]
# Azure Resource Manager, the id of a Microsoft.Network/dnsZones.
DnsZoneId = Annotated[
    str,
    Field(
        pattern=rf"^/subscriptions/{_GUID}/resourceGroups/[A-Za-z0-9._()-]{{1,90}}/providers/Microsoft\.Network/"
        r"dnsZones/[a-z0-9.-]+$"
    ),
    Allowed(
        words="the id of the DNS zone, /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Network/"
        "dnsZones/<edge.zone_name>",
        action="copy it from `az network dns zone show`",
    ),
]


class AwsSettings(SettingsModel):
    """What is the platform's own on AWS."""

    account_id: AccountId
    """The AWS account; the provider refuses credentials of another one."""
    administrators: Annotated[
        tuple[RoleArn, ...],
        _ADMINISTRATORS,
        AfterValidator(each_once),
        Allowed(
            words="a list of at least one IAM role",
            action="name the role that runs `pulumi up`, or nobody can enter the cluster",
        ),
    ]
    """Roles with full rights inside the cluster, by ARN; `pulumi up` runs as one of them."""
    zone_id: HostedZoneId
    """Id of the hosted zone, in which the API's name and the proof for its certificate are written."""


class GcpSettings(SettingsModel):
    """What is the platform's own on Google Cloud."""

    administrators: Annotated[
        tuple[GcpPrincipal, ...],
        _ADMINISTRATORS,
        AfterValidator(each_once),
        Allowed(
            words="a list of at least one group or service account",
            action="name the one that runs `pulumi up`, or nobody can enter the cluster",
        ),
    ]
    """Groups and service accounts with full rights inside the cluster; `pulumi up` runs as one of them."""
    billing_account: BillingAccount
    """The billing account that pays for the project; budgets belong to it."""
    generation: Annotated[int, Field(ge=1)] = 1
    """Part of the names of key rings, which Google never gives back, and from the second on of log buckets and a role,
    which it keeps for 7 and 37 days: raise it to bring a region up in a project where one of its name was destroyed."""
    project_id: ProjectId
    """The project in which everything is made."""
    zone_id: ManagedZoneName
    """Name of the managed zone, in which the API's name and the proof for its certificate are written."""


class AzureSettings(SettingsModel):
    """What is the platform's own on Azure."""

    administrators: Annotated[
        tuple[EntraGroupId, ...],
        _ADMINISTRATORS,
        AfterValidator(each_once),
        Allowed(
            words="a list of at least one Entra group",
            action="name the one that runs `pulumi up`, or nobody can enter the cluster",
        ),
    ]
    """Entra groups with full rights inside the cluster, by object id; `pulumi up` runs as a member of one."""
    subscription_id: SubscriptionId
    """The subscription in which everything is made."""
    tenant_id: TenantId
    """The Entra tenant that the subscription trusts."""
    vault_generation: Annotated[int, Field(ge=1, le=9999)] = 1
    """Part of the names of key vaults, which Azure gives back only after 90 days. Raise it by one when the region is
    made anew within that time."""
    zone_id: DnsZoneId
    """Id of the DNS zone, in which the API's name and the proof for its certificate are written."""


class CloudsSettings(SettingsModel):
    """What is the platform's own on each cloud; the block of the cloud that the region runs on is needed."""

    aws: AwsSettings | None = None
    """On AWS."""
    azure: AzureSettings | None = None
    """On Azure."""
    gcp: GcpSettings | None = None
    """On Google Cloud."""
