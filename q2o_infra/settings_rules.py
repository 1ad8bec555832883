"""Which settings fit together, and with the phase and the place: each rule yields a sentence for what does not fit.

What a single value may be is decided in `q2o_infra.settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from operator import attrgetter
from typing import ParamSpec

from clouds.azure.dns_zones import parse_zone
from clouds.limits import LIMITS
from clouds.locations import locations_in
from components.base.errors import SettingsError, refused
from components.base.names import principal_key
from components.base.vocabulary import AgentKind, Cloud, Region
from components.edge.hosts import check_host
from components.network.addresses import plan_addresses
from components.redis.failover import check_node_timeout
from components.redis.sizes import check_backup_interval, check_redis_size
from components.workloads.rules import check_kinds, check_range
from q2o_infra.agents import PodSize
from q2o_infra.locations import REGIONS, RegionPlace
from q2o_infra.phases.contract import PhaseContract
from q2o_infra.settings import AgentSettings, RedisSettings, Settings
from q2o_infra.settings_clouds import CloudsSettings
from q2o_infra.settings_fields import field_at

P = ParamSpec("P")

_CHOOSE = "choose one of these"
# The id of a key of one region (KMS API reference, KeyMetadata), and a key's whole name (Cloud KMS API reference).
_KEYS: dict[Cloud, tuple[str, str, str]] = {
    Cloud.AWS: (
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "the id of a key, 1234abcd-12ab-34cd-56ef-1234567890ab, not its ARN and not its alias",
        "take what the last `up` gave as recovery_key_id, or what `aws kms describe-key` answers",
    ),
    Cloud.GCP: (
        r"projects/[a-z0-9-]+/locations/[a-z0-9-]+/keyRings/[A-Za-z0-9_-]+/cryptoKeys/[A-Za-z0-9_-]+",
        "the whole name of a key, projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>",
        "take what the last `up` gave as recovery_key_id, or what `gcloud kms keys list` answers",
    ),
    # Azure Key Vault documentation, "About keys, secrets, and certificates": a key's address, without a version.
    Cloud.AZURE: (
        r"https://[a-z0-9-]{3,24}\.vault\.azure\.net/keys/recovery",
        "the address of a key, https://<vault>.vault.azure.net/keys/recovery",
        "take what the last `up` gave as recovery_key_id, without a version at its end",
    ),
}
"""By cloud: what a key's id looks like, in words, and where to find it."""


def stack_is_named_after_region(stack: str, region: Region) -> Iterator[str]:
    """Refuse a stack whose name is neither its region nor its region with a suffix."""
    if stack != region and not stack.startswith(f"{region}-"):
        yield refused(
            "region",
            region.value,
            f"the stack is called {stack}, and a stack's name starts with its region",
            "correct the region or the name of the stack",
        )


def cloud_takes(settings: Settings) -> Iterator[str]:
    """Refuse what the region's cloud does not offer, though another does (clouds/limits.py)."""
    for where, limit in LIMITS[settings.cloud].items():
        if refusal := limit.refusal(where, attrgetter(where)(settings)):
            yield refusal


def cloud_has_its_block(cloud: Cloud, clouds: CloudsSettings) -> Iterator[str]:
    """Refuse a region whose cloud was told neither its account nor its zone."""
    if getattr(clouds, cloud.value) is None:
        model = field_at(CloudsSettings, [cloud.value]).model
        keys = sorted(model.model_fields) if model else []
        yield (
            f"clouds.{cloud.value}: nothing is given, and the region shall run there: "
            f"it needs {', '.join(keys[:-1])} and {keys[-1]}; write them below it, indented."
        )


def administrators_have_names_of_their_own(cloud: Cloud, clouds: CloudsSettings) -> Iterator[str]:
    """Refuse two administrators whom the program would have to call alike; object ids on Azure are never alike."""
    block = getattr(clouds, cloud.value)
    if block is None or cloud is Cloud.AZURE:
        return
    found: dict[str, str] = {}
    for given in block.administrators:
        name = given.partition("/")[2] if cloud is Cloud.AWS else given.partition(":")[2].partition("@")[0]
        key = principal_key(name)
        if key in found:
            yield refused(
                f"clouds.{cloud.value}.administrators",
                given,
                f"{found[key]} is called {key} as well, in small letters, digits and hyphens",
                "name one of the two, or rename it",
            )
        found[key] = given


def zone_is_named(settings: Settings) -> Iterator[str]:
    """Refuse a zone whose id says that it is another one, or that the stack's provider does not reach it."""
    azure = settings.clouds.azure
    if settings.cloud is Cloud.AZURE and azure is not None:
        yield from _refusal(
            parse_zone,
            "clouds.azure.zone_id",
            azure.zone_id,
            subscription_id=azure.subscription_id,
            zone_name=settings.edge.zone_name,
        )


def adoption_names_a_key(settings: Settings, *, recovery: str) -> Iterator[str]:
    """Refuse what cannot be the key that an earlier region left behind at the location `recovery`."""
    adopt, cloud = settings.recovery.adopt, settings.cloud
    if adopt is None:
        return
    pattern, words, action = _KEYS[cloud]
    project = settings.clouds.gcp.project_id if cloud is Cloud.GCP and settings.clouds.gcp else ""
    rings = f"projects/{project}/locations/{recovery}/keyRings/"
    if not re.fullmatch(pattern, adopt):
        yield refused("recovery.adopt", adopt, f"expected {words}", action)
    elif project and not adopt.startswith(rings):
        yield refused("recovery.adopt", adopt, f"a key below {rings}", action)


def locations_are_apart(*, home: str, recovery: str, place: RegionPlace, cloud: Cloud) -> Iterator[str]:
    """Refuse a location outside the region's jurisdiction, and backups beside their source."""
    allowed = locations_in(place.jurisdiction, cloud)
    for where, name in (("location", home), ("recovery_location", recovery)):
        if name not in allowed:
            yield refused(
                where,
                name,
                f"data of {place.region.value} stays in jurisdiction {place.jurisdiction.value}, "
                f"where {cloud.value} offers {', '.join(allowed)}",
                _CHOOSE,
            )
    if recovery == home:
        yield refused(
            "recovery_location",
            recovery,
            f"the region lives there, and a backup beside its source is lost with it; "
            f"{', '.join(name for name in allowed if name != home)} remain",
            _CHOOSE,
        )


def network_fits(*, network: IPv4Network, place: RegionPlace, zones: tuple[str, str, str], nodes: int) -> Iterator[str]:
    """Refuse a network outside the region's own block or without room for all nodes and their pods."""
    if not network.subnet_of(place.addresses):
        others = [row.region.value for row in REGIONS.values() if row is not place and row.addresses.overlaps(network)]
        fault = f"it overlaps the block of {' and '.join(others)}" if others else "it lies outside the region's block"
        yield refused(
            "network.cidr",
            str(network),
            f"{fault}, and {place.region.value} owns {place.addresses}",
            "choose a range inside that",
        )
    yield from _refusal(plan_addresses, where="network.cidr", network=network, zones=zones, nodes=nodes)


def host_is_in_its_zone(*, host: str, zone_name: str) -> Iterator[str]:
    """Refuse a host outside the zone: a certificate for a foreign zone could not be validated."""
    yield from _refusal(check_host, "edge.host", host, zone_name=zone_name)


def api_is_as_promised(size: PodSize, contract: PhaseContract) -> Iterator[str]:
    """Refuse an API with fewer pods than the phase promises or a maximum below its minimum."""
    promised = contract.api_pods
    below = {
        where: pods for where, pods in (("api.minimum", size.minimum), ("api.maximum", size.maximum)) if pods < promised
    }
    for where, pods in below.items():
        yield refused(
            where,
            pods,
            f"phase {int(contract.phase)} promises {promised} API pods",
            f"set it to {promised} or more",
        )
    if not below:
        yield from _refusal(check_range, "api", minimum=size.minimum, maximum=size.maximum, redundancy=promised)


def agents_are_as_promised(
    given: tuple[AgentSettings, ...], sizes: Mapping[AgentKind, PodSize], contract: PhaseContract
) -> Iterator[str]:
    """Refuse a kind listed twice or lost with one node, and fewer agents in all than the phase promises."""
    yield from _refusal(check_kinds, "agents", [row.kind for row in given])
    for kind, size in sizes.items():
        yield from _refusal(
            check_range,
            f"agents.{kind.value}",
            minimum=size.minimum,
            maximum=size.maximum,
            redundancy=contract.pods_per_kind_minimum,
        )
    total = sum(size.minimum for size in sizes.values())
    if total < contract.agent_pods:
        yield (
            f"agents: the minima of all kinds add up to {total} pods: phase {int(contract.phase)} promises "
            f"{contract.agent_pods}; raise the minimum of some kinds by {contract.agent_pods - total} in all."
        )


def redis_is_as_promised(given: RedisSettings, contract: PhaseContract) -> Iterator[str]:
    """Refuse a failover slower than promised, a server that its volume does not fit, and an uneven schedule."""
    yield from _refusal(
        check_node_timeout,
        "redis.node_timeout_milliseconds",
        given.node_timeout_milliseconds,
        promise_seconds=contract.recovery_seconds,
    )
    yield from _refusal(check_redis_size, "redis", memory_mib=given.memory_mib, storage_gib=given.storage_gib)
    yield from _refusal(check_backup_interval, "redis.backup_interval_minutes", given.backup_interval_minutes)


def _refusal(check: Callable[P, object], *args: P.args, **keywords: P.kwargs) -> Iterator[str]:
    try:
        check(*args, **keywords)
    except SettingsError as error:
        yield error.message
