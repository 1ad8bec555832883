"""The tables of the simulated Google Cloud: what they refuse, what a change means, what comes back."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
from pathlib import Path
from typing import Any

import pytest
from pulumi import _types

from clouds.catalogue import kind_of, place_of, replacing
from clouds.gcp import records as gcp
from clouds.kind import Kind, Place
from components.base.errors import SandboxError
from sandbox.providers.accounts import Accounts
from sandbox.providers.contract import Wanted
from sandbox.world import World

HOME = Place(account="q2o-us-east", location="us-east4")

# Written down a second time on purpose: the table is what the sandbox believes, this is what the provider does.
# terraform-provider-google 7.45, schemas of the resources (ForceNew), as pulumi-gcp 10.2 spells them.
FORCES_REPLACEMENT: dict[str, set[str]] = {
    "gcp:compute/network:Network": {"name", "autoCreateSubnetworks", "description"},
    "gcp:compute/subnetwork:Subnetwork": {"name", "network", "region"},
    "gcp:compute/address:Address": {"name", "addressType", "networkTier", "region"},
    "gcp:compute/globalAddress:GlobalAddress": {"name", "addressType", "ipVersion"},
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": {"name", "ipAddress", "portRange", "networkTier"},
    "gcp:container/cluster:Cluster": {
        "name",
        "location",
        "network",
        "subnetwork",
        "datapathProvider",
        "ipAllocationPolicy",
        "defaultMaxPodsPerNode",
        "initialNodeCount",
    },
    "gcp:container/nodePool:NodePool": {"name", "cluster", "initialNodeCount", "maxPodsPerNode"},
    "gcp:kms/keyRing:KeyRing": {"name", "location"},
    "gcp:kms/cryptoKey:CryptoKey": {"name", "keyRing", "purpose"},
    "gcp:storage/bucket:Bucket": {"name", "location"},
    "gcp:certificatemanager/certificate:Certificate": {"name", "managed", "scope"},
}
CHANGED_IN_PLACE: dict[str, set[str]] = {
    "gcp:compute/subnetwork:Subnetwork": {"logConfig", "privateIpGoogleAccess", "secondaryIpRanges"},
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": {"target", "labels"},
    "gcp:container/cluster:Cluster": {
        "minMasterVersion",
        "releaseChannel",
        "maintenancePolicy",
        "loggingConfig",
        "resourceLabels",
        "databaseEncryption",
        "deletionProtection",
    },
    "gcp:container/nodePool:NodePool": {"autoscaling", "nodeCount", "version", "management", "upgradeSettings"},
    "gcp:kms/cryptoKey:CryptoKey": {"rotationPeriod", "labels"},
    "gcp:storage/bucket:Bucket": {"retentionPolicy", "lifecycleRules", "labels", "softDeletePolicy", "encryption"},
}
# Below the first level: of a node's configuration some is changed by an upgrade of the nodes, some is not.
NODE_FORCES_REPLACEMENT = {"spot", "serviceAccount", "oauthScopes", "metadata", "shieldedInstanceConfig"}
NODE_CHANGED_IN_PLACE = {"machineType", "labels", "taints", "diskSizeGb", "resourceLabels", "tags"}
PAIRS = [(type_, name) for type_, names in FORCES_REPLACEMENT.items() for name in sorted(names)]
IN_PLACE = [(type_, name) for type_, names in CHANGED_IN_PLACE.items() for name in sorted(names)]


def arguments_of(type_: str) -> Any:
    _, module, name = type_.split(":")
    package = importlib.import_module(f"pulumi_gcp.{module.split('/')[0]}")
    return getattr(package, f"{name}InitArgs", None) or getattr(package, f"{name}Args")


def required_by_the_sdk(type_: str) -> set[str]:
    arguments = arguments_of(type_)
    wire_names = _types.input_type_py_to_pulumi_names(arguments)
    return {
        wire_names[parameter.name]
        for parameter in inspect.signature(arguments.__init__).parameters.values()
        if parameter.default is inspect.Parameter.empty and parameter.name in wire_names
    }


def wanted(type_: str, logical: str, **inputs: Any) -> Wanted:
    return Wanted(urn=f"urn:pulumi:us-east::q2o-infra::{type_}::{logical}", type=type_, wire_inputs=inputs, place=HOME)


@pytest.mark.parametrize("kind", gcp.KINDS, ids=lambda kind: kind.type)
def test_what_is_required_is_what_the_providers_schema_requires(kind: Kind) -> None:
    assert kind.required == required_by_the_sdk(kind.type)


@pytest.mark.parametrize("kind", gcp.KINDS, ids=lambda kind: kind.type)
def test_a_row_names_only_inputs_that_the_provider_has(kind: Kind) -> None:
    known = set(_types.input_type_py_to_pulumi_names(arguments_of(kind.type)).values())

    assert {path.partition(".")[0] for path in kind.replaces} <= known
    assert {kind.unique} <= known | {None}


@pytest.mark.parametrize(("type_", "name"), PAIRS, ids=lambda value: value.rsplit(":", 1)[-1])
def test_a_stateful_thing_is_replaced_where_the_provider_replaces_it(type_: str, name: str) -> None:
    assert replacing(kind_of(type_), {name: "old"}, {name: "new"}) == (name,)


@pytest.mark.parametrize(("type_", "name"), IN_PLACE, ids=lambda value: value.rsplit(":", 1)[-1])
def test_a_stateful_thing_is_changed_in_place_where_the_provider_can(type_: str, name: str) -> None:
    assert replacing(kind_of(type_), {name: "old"}, {name: "new"}) == ()


@pytest.mark.parametrize("name", sorted(NODE_FORCES_REPLACEMENT | NODE_CHANGED_IN_PLACE))
def test_a_node_pool_is_replaced_for_what_an_upgrade_of_its_nodes_cannot_change(name: str) -> None:
    found = replacing(
        kind_of("gcp:container/nodePool:NodePool"), {"nodeConfig": {name: "old"}}, {"nodeConfig": {name: "new"}}
    )

    assert found == ((f"nodeConfig.{name}",) if name in NODE_FORCES_REPLACEMENT else ())


def test_the_version_is_that_of_the_installed_sdk() -> None:
    assert importlib.metadata.version("pulumi-gcp") == gcp.PROVIDER_VERSION


def test_a_provider_works_in_one_location_of_one_project() -> None:
    assert place_of("gcp", {"project": "q2o-us-east", "region": "us-east4"}) == HOME

    with pytest.raises(SandboxError, match=r"gcp provider: region 'us-east1' is not one of us-east4, us-central1"):
        place_of("gcp", {"project": "q2o-us-east", "region": "us-east1"})


@pytest.mark.parametrize(
    ("type_", "field", "name", "next_name", "inputs"),
    [
        ("gcp:kms/keyRing:KeyRing", "name", "q2o-secrets-g1", "q2o-secrets-g2", {}),
        (
            "gcp:logging/projectBucketConfig:ProjectBucketConfig",
            "bucketId",
            "q2o-logs",
            "q2o-logs-g2",
            {"project": "p"},
        ),
        (
            "gcp:projects/iAMCustomRole:IAMCustomRole",
            "roleId",
            "q2o_guard",
            "q2o_guard_g2",
            {"permissions": [], "title": "t"},
        ),
    ],
    ids=["key ring", "log bucket", "role"],
)
def test_a_name_is_not_given_back_and_the_next_generations_is_free(
    tmp_path: Path, type_: str, field: str, name: str, next_name: str, inputs: dict[str, Any]
) -> None:
    world = World(tmp_path)
    cloud = Accounts(world)
    given = wanted(type_, "one", location="us-east4", **{field: name}, **inputs)
    made = cloud.create(given)
    entry = world.find(type_, made.id)
    assert entry is not None
    cloud.delete(entry)

    with pytest.raises(SandboxError, match=rf"{name}: the cloud never gives this name back"):
        cloud.create(given)
    cloud.create(wanted(type_, "one", location="us-east4", **{field: next_name}, **inputs))


def test_a_right_that_an_earlier_region_left_may_be_given_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    cloud = Accounts(world)
    grant = wanted(
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "storage",
        cryptoKeyId="projects/p/locations/l/keyRings/r/cryptoKeys/k",
        member="serviceAccount:a@b.example",
        role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
    )
    made = cloud.create(grant)
    with pytest.raises(SandboxError, match="it already exists"):
        cloud.create(grant)

    left = world.find(grant.type, made.id)
    assert left is not None
    world.put(type(left)(**{**vars(left), "kept": True}))
    assert cloud.create(grant).id == made.id
