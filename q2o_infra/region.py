"""From settings to facts: every default filled in, every rule between values checked.

The program sees only this; it never asks whether a setting was given.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeVar

from clouds.location import Location
from clouds.locations import LOCATIONS
from components.base.vocabulary import AgentKind
from components.network.addresses import AddressPlan, plan_addresses
from q2o_infra import settings_rules as rules
from q2o_infra.agents import DEFAULT_AGENTS, PodSize
from q2o_infra.locations import HOME, RECOVERY, REGIONS, RegionPlace
from q2o_infra.phases.contract import GROWTH, PHASES, PhaseContract
from q2o_infra.settings import Settings
from q2o_infra.settings_clouds import AwsSettings, AzureSettings, GcpSettings
from q2o_infra.settings_errors import error_for, file_name

Block = TypeVar("Block")

_NETWORK_PREFIX = 16
_API_LABEL = "api"


@dataclass(frozen=True, kw_only=True)
class RegionFacts:
    """One region as it shall stand."""

    stack: str
    settings: Settings
    contract: PhaseContract
    place: RegionPlace
    location: Location
    recovery: Location
    addresses: AddressPlan
    host: str
    """The API's public name."""
    api: PodSize
    agents: dict[AgentKind, PodSize]

    @property
    def aws(self) -> AwsSettings:
        """What is the platform's own on AWS; only for a region that runs there."""
        return _given(self.settings.clouds.aws)

    @property
    def azure(self) -> AzureSettings:
        """What is the platform's own on Azure; only for a region that runs there."""
        return _given(self.settings.clouds.azure)

    @property
    def gcp(self) -> GcpSettings:
        """What is the platform's own on Google Cloud; only for a region that runs there."""
        return _given(self.settings.clouds.gcp)


def _given(block: Block | None) -> Block:
    if block is None:
        raise LookupError("a region is asked for the account of a cloud that it does not run on")
    return block


def decide_region(stack: str, settings: Settings, *, overridden: Collection[str] = ()) -> RegionFacts:
    """Fill in defaults and check what the model alone cannot. Raises `SettingsError`, with a line for each fault.

    `overridden` are the top-level keys that the command line gave; messages then name the option, not the file.
    """
    contract = PHASES[settings.phase]
    place = REGIONS[settings.region]
    default_home = HOME[settings.region, settings.cloud]
    home = settings.location or default_home
    recovery = settings.recovery_location or RECOVERY[settings.region, settings.cloud]
    network = settings.network.cidr or next(place.addresses.subnets(new_prefix=_NETWORK_PREFIX))
    host = settings.edge.host or f"{_API_LABEL}.{settings.edge.zone_name}"
    api = _api(settings, contract)
    agents = _agents(settings)
    # A location that does not exist is a fault of its own; the network is then checked against the region's home.
    location = LOCATIONS.get((settings.cloud, home), LOCATIONS[settings.cloud, default_home])

    faults = [
        *rules.stack_is_named_after_region(stack, settings.region),
        *rules.cloud_takes(settings),
        *rules.cloud_has_its_block(settings.cloud, settings.clouds),
        *rules.administrators_have_names_of_their_own(settings.cloud, settings.clouds),
        *rules.zone_is_named(settings),
        *rules.adoption_names_a_key(settings, recovery=recovery),
        *rules.locations_are_apart(home=home, recovery=recovery, place=place, cloud=settings.cloud),
        *rules.network_fits(network=network, place=place, zones=location.zones, nodes=contract.nodes_maximum),
        *rules.host_is_in_its_zone(host=host, zone_name=settings.edge.zone_name),
        *rules.api_is_as_promised(api, contract),
        *rules.agents_are_as_promised(settings.agents, agents, contract),
        *rules.redis_is_as_promised(settings.redis, contract),
    ]
    if faults:
        raise error_for(faults, source=file_name(stack), overridden=overridden)
    return RegionFacts(
        stack=stack,
        settings=settings,
        contract=contract,
        place=place,
        location=location,
        recovery=LOCATIONS[settings.cloud, recovery],
        addresses=plan_addresses(
            where="network.cidr", network=network, zones=location.zones, nodes=contract.nodes_maximum
        ),
        host=host,
        api=api,
        agents=agents,
    )


def _api(settings: Settings, contract: PhaseContract) -> PodSize:
    api = settings.api
    minimum = api.minimum or contract.api_pods
    return PodSize(
        cpu_millicores=api.cpu_millicores,
        memory_mib=api.memory_mib,
        minimum=minimum,
        maximum=api.maximum or max(minimum, contract.api_pods * GROWTH),
    )


def _agents(settings: Settings) -> dict[AgentKind, PodSize]:
    sizes = dict(DEFAULT_AGENTS)
    for row in settings.agents:
        given = row.model_dump(include={"cpu_millicores", "maximum", "memory_mib", "minimum"}, exclude_none=True)
        sizes[row.kind] = replace(sizes[row.kind], **given)
    return sizes
