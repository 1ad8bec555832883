"""What a stack file may say: one frozen model, unknown keys refused.

Decides which keys exist and what each may hold alone; which values fit together is decided in
`q2o_infra.settings_rules`, and where the mapping comes from in `q2o_infra.stack_files`.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from clouds.aws.machines import AWS_INSTANCE_TYPES
from clouds.azure.limits import USUAL_ACCESS_LOG_DAYS
from components.base.vocabulary import AgentKind, Cloud, Environment, NatMode, Region
from components.edge.hosts import HOST_PATTERN, HOST_WORDS, LONGEST_HOST
from q2o_infra.phases.contract import PHASES, Phase
from q2o_infra.settings_clouds import REFUSED, CloudsSettings, SettingsModel, each_once
from q2o_infra.settings_fields import Allowed, DerivedDefault

_LARGEST_MILLICORES = max(machine.allocatable_millicores for machine in AWS_INSTANCE_TYPES.values())
_LARGEST_MEMORY_MIB = max(machine.allocatable_memory_mib for machine in AWS_INSTANCE_TYPES.values())
_MOST_PODS = max(row.nodes_maximum for row in PHASES.values()) * max(
    machine.pods for machine in AWS_INSTANCE_TYPES.values()
)

# IANA, special-purpose address registry (RFC 6890). EKS refuses reserved addresses as sources of its public endpoint
# (EKS user guide, "Configure network access to cluster API server endpoint").
_NEVER_ON_THE_INTERNET = tuple(
    IPv4Network(block)
    for block in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
)
_WIDEST_PUBLIC_PREFIX = 8
"""The most that one organisation was ever given; what is wider is nobody's office."""


def whole_number(value: object) -> object:
    """Return `value` if it is a whole number as it stands. Raises what pydantic takes for a wrong type."""
    if type(value) is not int:  # Python takes True and 1.0 for 1
        raise PydanticCustomError("int_type", "not a whole number")
    return value


def _public(network: IPv4Network) -> IPv4Network:
    if network.prefixlen < _WIDEST_PUBLIC_PREFIX:
        raise PydanticCustomError(
            REFUSED,
            "too wide",
            {
                "allowed": "the API server would face the whole internet, or a large part of it",
                "action": "name the ranges of your offices and runners, or give none and enter from inside the network",
            },
        )
    if any(network.overlaps(block) for block in _NEVER_ON_THE_INTERNET):
        raise PydanticCustomError(
            REFUSED,
            "not public",
            {
                "allowed": "nobody comes from a private range over the internet",
                "action": "give the public addresses of your offices and runners",
            },
        )
    return network


HostName = Annotated[
    str,
    Field(max_length=LONGEST_HOST, pattern=rf"^{HOST_PATTERN}$"),
    Allowed(words=HOST_WORDS, action="write it as api.example.com"),
]
ZoneName = Annotated[
    str,
    Field(max_length=LONGEST_HOST, pattern=rf"^{HOST_PATTERN}$"),
    Allowed(
        words="the name of the DNS zone that zone_id of the cloud names, in small letters, without a dot at the end",
        action="write it as us-east.example.com",
    ),
]
# As AWS Budgets takes it: RFC 5321, but nothing in quotes and no address of a host by number.
MailAddress = Annotated[
    str,
    Field(max_length=254, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$"),
    Allowed(words="a mail address", action="write it as platform@example.com"),
]
PodCount = Annotated[int, Field(ge=1, le=_MOST_PODS)]
Millicores = Annotated[int, Field(ge=1, le=_LARGEST_MILLICORES)]
Mebibytes = Annotated[int, Field(ge=1, le=_LARGEST_MEMORY_MIB)]


class NetworkSettings(SettingsModel):
    """The region's network."""

    cidr: Annotated[IPv4Network | None, DerivedDefault(words="the first /16 of the region's block")] = None
    """Address range inside the region's block (q2o_infra/locations.py), with room for all nodes and their pods.
    Fixed once the region stands: another range would replace the network and all in it."""
    flow_log_retention_days: Annotated[int, Field(ge=1)] = 30
    """Days that flow logs are kept; each day costs storage. Clouds offer certain lengths only."""
    nat: NatMode = NatMode.SINGLE
    """One NAT gateway (`single`: the loss of its zone cuts the way out) or one in each zone (`per_zone`: costs three
    times as much)."""


class ClusterSettings(SettingsModel):
    """The region's Kubernetes cluster."""

    public_access_ranges: tuple[Annotated[IPv4Network, AfterValidator(_public)], ...] = ()
    """Ranges that may reach the API server from the internet; without any it is reached from inside only."""


class EdgeSettings(SettingsModel):
    """The way in: the API's public name and what stands before it."""

    access_log_retention_days: Annotated[int, Field(ge=1)] = USUAL_ACCESS_LOG_DAYS
    """Days that the load balancer's access logs are kept; they hold client addresses, and each day costs storage.
    On Azure none are written, and a value is refused."""
    host: Annotated[HostName | None, DerivedDefault(words="`api.` before `edge.zone_name`")] = None
    """The API's public name, inside the zone; another name gets another certificate."""
    waf: bool = False
    """Whether a web application firewall looks at each request: on AWS 8 USD a month and 0.60 USD a million requests
    (components/edge/README.md)."""
    zone_name: ZoneName
    """Name of the DNS zone, delegated to the account beforehand."""


class ApiSettings(SettingsModel):
    """The API's pods."""

    cpu_millicores: Millicores = 200
    """CPU that each pod requests, in thousandths of a core; so sized that the phase's pods fit the nodes of its budget
    beside the agents (tests/unit/test_capacity.py)."""
    maximum: Annotated[
        PodCount | None, DerivedDefault(words="the minimum times the growth in users from phase 1 to 2")
    ] = None
    """Most pods; each costs what it requests."""
    memory_mib: Mebibytes = 512
    """Memory that each pod requests and is limited to, in MiB."""
    minimum: Annotated[PodCount | None, DerivedDefault(words="what the phase promises")] = None
    """Fewest pods; what is paid for when nobody is there."""


class AgentSettings(SettingsModel):
    """One kind of agent; what is left out keeps that kind's default (q2o_infra/agents.py)."""

    kind: AgentKind
    """Which of the twelve kinds; each is listed once at most."""
    cpu_millicores: Annotated[Millicores | None, DerivedDefault(words="the kind's")] = None
    """CPU that each pod requests, in thousandths of a core."""
    maximum: Annotated[PodCount | None, DerivedDefault(words="the kind's")] = None
    """Most pods; each costs what it requests."""
    memory_mib: Annotated[Mebibytes | None, DerivedDefault(words="the kind's")] = None
    """Memory that each pod requests and is limited to, in MiB."""
    minimum: Annotated[PodCount | None, DerivedDefault(words="the kind's")] = None
    """Fewest pods; what is paid for when nobody is there."""


class BudgetSettings(SettingsModel):
    """What the region may cost; the amount is the phase's."""

    recipients: Annotated[
        tuple[MailAddress, ...],
        Field(min_length=1, max_length=10, json_schema_extra={"uniqueItems": True}),
        AfterValidator(each_once),
        Allowed(
            words="a list of one to ten mail addresses",
            action="name the people, or a list of theirs, who act when the budget runs out",
        ),
    ]
    """Who is told at 50, 80 and 100 percent of the month's budget, and when it is forecast to be exceeded."""


class RecoverySettings(SettingsModel):
    """Backups in the recovery location."""

    adopt: Annotated[str | None, DerivedDefault(words="nothing: bucket and key are made")] = None
    """Id of the key that an earlier region left: it, its bucket and their settings are taken over instead of made."""
    retention_days: Annotated[int, Field(ge=7, le=3650)] = 35
    """Days that a backup is kept; each day costs storage."""


class RedisSettings(SettingsModel):
    """The Redis Cluster: six servers."""

    backup_interval_minutes: Annotated[int, Field(ge=1)] = 60
    """Time between two backups into the recovery location; each costs three objects of a shard's size."""
    cpu_millicores: Millicores = 250
    """CPU that each server requests, in thousandths of a core."""
    # What the system machines of every cloud hold twice, with room for a rollout. Three primaries keep 2.6 GiB of data,
    # half a mebibyte for each of phase 1's 5,000 users.
    memory_mib: Mebibytes = 1280
    """Memory that each server is limited to, in MiB; data takes 70 % of it at most."""
    node_timeout_milliseconds: Annotated[int, Field(ge=1)] = 2000
    """Silence after which a node counts as dead; how long writes wait for a new primary follows from it
    (components/redis/failover.py)."""
    storage_gib: Annotated[int, Field(ge=1)] = 10
    """Volume of each server, in GiB; it can grow and never shrink."""


class Settings(SettingsModel):
    """One stack: one region of the platform in one environment."""

    agents: tuple[AgentSettings, ...] = ()
    """Departures from the default table of agents (q2o_infra/agents.py), one entry per kind."""
    api: ApiSettings = ApiSettings()
    """The API's pods."""
    budget: BudgetSettings
    """What the region may cost; the amount is the phase's."""
    cloud: Cloud
    """Who runs the machines."""
    clouds: CloudsSettings
    """What is the platform's own on each cloud; the block of the cloud that the region runs on is needed."""
    cluster: ClusterSettings = ClusterSettings()
    """The region's Kubernetes cluster."""
    credentials_revision: Annotated[int, Field(ge=1)] = 1
    """Raise it together with `llm_api_key`: pods read credentials when they start, and this restarts them."""
    deletion_protection: bool = True
    """Whether stateful resources refuse to be deleted. Set it to false and apply before a wanted `pulumi destroy`."""
    edge: EdgeSettings
    """The way in."""
    environment: Environment
    """How much a mistake costs."""
    llm_api_key: Annotated[
        SecretStr,
        Field(min_length=1),
        Allowed(words="a key for the LLM providers", action="run `pulumi config set --secret llm_api_key`"),
    ]
    """Key for the LLM providers. Encrypted in the file, decrypted by nothing but the Pulumi CLI."""
    location: Annotated[str | None, DerivedDefault(words="the region's home (q2o_infra/locations.py)")] = None
    """The cloud's own name of the place, for example `us-east-1`; inside the region's jurisdiction."""
    network: NetworkSettings = NetworkSettings()
    """The region's network."""
    phase: Annotated[Phase, BeforeValidator(whole_number)]
    """How far the platform has grown (q2o_infra/phases/contract.py)."""
    recovery: RecoverySettings = RecoverySettings()
    """Backups in the recovery location."""
    recovery_location: Annotated[
        str | None, DerivedDefault(words="the region's recovery location (q2o_infra/locations.py)")
    ] = None
    """Where backups go: another location in the same jurisdiction."""
    redis: RedisSettings = RedisSettings()
    """The Redis Cluster."""
    region: Region
    """Which region of the platform this stack is; the stack's name starts with it."""
