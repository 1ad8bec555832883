"""Network, cluster and controllers on Google Cloud: what is made, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.base.errors import ComponentError
from components.base.pods import WorkloadKind, system_tolerations
from components.base.vocabulary import Cloud, NatMode
from components.cluster.gcp import GkeCluster
from components.cluster.gcp_contract import principal
from components.cluster.gcp_identity import PRINCIPALS
from components.cluster.gcp_pods import GKE_WORKLOADS
from components.cluster.gcp_upgrades import maintenance_policy
from components.controllers.contract import ElasticPoolArgs
from components.controllers.gcp_elastic_pool import shares
from components.network.gcp import GcpNetwork, node_and_pod_ranges
from q2o_infra import versions
from q2o_infra.phases.machines import elastic_machines
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from tests.support.gcp import cluster_args, controllers_args, network_args, recorded
from tests.support.stacks import built_settings, planned_on

CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"


@cache
def network(nat: NatMode = NatMode.SINGLE) -> Recording:
    return recorded(lambda opts: GcpNetwork("network", network_args(nat=nat), opts))


@cache
def cluster(**changed: Any) -> Recording:
    return recorded(lambda opts: GkeCluster("cluster", cluster_args(**changed), opts))


def cluster_inputs(**changed: Any) -> dict[str, Any]:
    return cluster(**changed).named(CLUSTER, "cluster-cluster").inputs


def pools() -> dict[str, dict[str, Any]]:
    """The elastic node pools of a region, by logical name."""
    rows = planned_on(Cloud.GCP).of_type(NODE_POOL)
    return {row.name: row.inputs for row in rows if row.name.startswith("controllers-")}


# Network


def test_nodes_and_pods_have_ranges_of_their_own_inside_the_network() -> None:
    subnet = network().named("gcp:compute/subnetwork:Subnetwork", "network-nodes").inputs

    assert subnet["ipCidrRange"] == "10.16.64.0/18"
    assert {row["rangeName"]: row["ipCidrRange"] for row in subnet["secondaryIpRanges"]} == {
        "pods": "10.16.128.0/17",
        "services": "172.20.0.0/16",
    }
    # Each node takes twice its pods, rounded up: 128 addresses, and there are 100 of them.
    assert IPv4Network("10.16.128.0/17").num_addresses // 128 >= 100
    assert subnet["privateIpGoogleAccess"] is True


def test_ranges_that_are_no_one_block_are_refused() -> None:
    args = network_args()
    first, second, third = args.addresses.zones
    odd = replace(args.addresses, zones=(second, first, third))

    with pytest.raises(ComponentError, match=r"private ranges that make one block from the second on; cut the network"):
        node_and_pod_ranges(network_args(addresses=odd))


def test_a_network_makes_no_subnets_by_itself() -> None:
    assert network().named("gcp:compute/network:Network", "network-network").inputs["autoCreateSubnetworks"] is False


@pytest.mark.parametrize(("nat", "addresses"), [(NatMode.SINGLE, 1), (NatMode.PER_ZONE, 3)])
def test_nat_has_one_address_or_as_many_as_zones_and_no_others(nat: NatMode, addresses: int) -> None:
    plan = network(nat)
    gateway = plan.named("gcp:compute/routerNat:RouterNat", "network-nat").inputs

    assert len(plan.of_type("gcp:compute/routerNat:RouterNat")) == 1
    assert len(plan.of_type("gcp:compute/address:Address")) == len(gateway["natIps"]) == addresses
    assert gateway["natIpAllocateOption"] == "MANUAL_ONLY"
    assert gateway["subnetworks"][0]["secondaryIpRangeNames"] == ["pods"]


def test_flow_logs_stay_in_the_region_and_nowhere_else() -> None:
    plan = network()
    bucket = plan.named("gcp:logging/projectBucketConfig:ProjectBucketConfig", "network-flow-logs").inputs
    sink = plan.named("gcp:logging/projectSink:ProjectSink", "network-flow-logs").inputs
    exclusion = plan.named("gcp:logging/projectExclusion:ProjectExclusion", "network-flow-logs").inputs

    assert (bucket["location"], bucket["retentionDays"]) == ("us-east4", 30)
    assert sink["destination"].endswith("/locations/us-east4/buckets/q2o-us-east-flow-logs")
    assert exclusion["filter"] == sink["filter"]
    assert 'resource.labels.subnetwork_name="q2o-us-east-nodes"' in sink["filter"]


def test_days_that_cloud_logging_does_not_keep_are_refused() -> None:
    with pytest.raises(
        ComponentError,
        match=r"network\.flow_log_retention_days: 4000 is not allowed: Cloud Logging keeps logs for 1 to 3650 days",
    ):
        recorded(lambda opts: GcpNetwork("network", network_args(flow_log_retention_days=4000), opts))


def test_zones_of_another_location_are_refused() -> None:
    with pytest.raises(ComponentError, match=r"'us-east4-a' is not allowed: us-central1 has us-central1-a"):
        recorded(lambda opts: GcpNetwork("network", network_args(location="us-central1"), opts))


# Cluster


def test_nodes_are_private_and_nobody_enters_from_outside_unless_ranges_are_given() -> None:
    closed = cluster_inputs()
    assert closed["privateClusterConfig"] == {"enablePrivateEndpoint": True, "enablePrivateNodes": True}
    assert closed["controlPlaneEndpointsConfig"] == {
        "dnsEndpointConfig": {"allowExternalTraffic": False},
        "ipEndpointsConfig": {"enabled": False},
    }
    assert "masterAuthorizedNetworksConfig" not in closed

    opened = cluster_inputs(public_access_ranges=(IPv4Network("198.51.100.0/24"),))
    assert opened["controlPlaneEndpointsConfig"]["ipEndpointsConfig"] == {"enabled": True}
    assert opened["masterAuthorizedNetworksConfig"] == {
        "cidrBlocks": [{"cidrBlock": "198.51.100.0/24"}],
        "gcpPublicCidrsAccessEnabled": False,
    }


def test_the_cluster_is_regional_encrypted_shielded_and_protected() -> None:
    given = cluster_inputs()

    assert given["location"] == "us-east4"
    assert given["nodeLocations"] == ["us-east4-a", "us-east4-b", "us-east4-c"]
    assert given["databaseEncryption"]["state"] == "ENCRYPTED"
    assert given["databaseEncryption"]["keyName"].endswith("/keyRings/q2o-us-east-secrets-g1/cryptoKeys/secrets")
    assert given["datapathProvider"] == "ADVANCED_DATAPATH"
    assert given["enableShieldedNodes"] is True
    assert given["deletionProtection"] is True
    assert given["workloadIdentityConfig"] == {"workloadPool": "q2o-test.svc.id.goog"}
    assert "CONTROLLER_MANAGER" in given["loggingConfig"]["enableComponents"]
    assert given["masterAuth"] == {"clientCertificateConfig": {"issueClientCertificate": False}}


def test_what_the_cluster_logs_stays_in_the_region() -> None:
    bucket = cluster(log_retention_days=12).named("gcp:logging/projectBucketConfig:ProjectBucketConfig", "cluster-logs")
    sink = cluster(log_retention_days=12).named("gcp:logging/projectSink:ProjectSink", "cluster-logs")

    assert (bucket.inputs["location"], bucket.inputs["retentionDays"]) == ("us-east4", 12)
    assert sink.inputs["filter"] == 'resource.type:"k8s_" AND resource.labels.cluster_name="q2o-us-east"'


def test_the_next_generation_has_another_key_ring() -> None:
    ring = cluster(generation=2).named("gcp:kms/keyRing:KeyRing", "cluster-secrets").inputs
    assert ring["name"] == "q2o-us-east-secrets-g2"


def names_of_generation(generation: int) -> set[str]:
    """Names of a region that Google gives to nobody for a while after they were used."""
    settings = built_settings("us-east", cloud="gcp")
    assert settings.clouds.gcp
    block = settings.clouds.gcp.model_copy(update={"generation": generation})
    clouds = settings.clouds.model_copy(update={"gcp": block})
    plan = plan_region("us-east", settings.model_copy(update={"clouds": clouds}))
    rows = {
        "gcp:kms/keyRing:KeyRing": "name",
        "gcp:logging/projectBucketConfig:ProjectBucketConfig": "bucketId",
        "gcp:projects/iAMCustomRole:IAMCustomRole": "roleId",
    }
    return {row.inputs[rows[row.type]] for row in plan.resources if row.type in rows}


def test_a_region_is_made_anew_under_names_that_the_one_before_did_not_have() -> None:
    first, second = names_of_generation(1), names_of_generation(2)

    assert first >= {"q2o-us-east-cluster", "q2o-us-east-flow-logs", "q2o-us-east-access-logs"}
    assert len(first) == len(second) == 6
    assert first & second == set()


def test_patches_come_by_themselves_and_minors_do_not() -> None:
    given = cluster_inputs()

    assert given["releaseChannel"] == {"channel": "REGULAR"}
    assert given["minMasterVersion"] == versions.GKE_VERSION
    (exclusion,) = given["maintenancePolicy"]["maintenanceExclusions"]
    assert exclusion["exclusionOptions"] == {"endTimeBehavior": "UNTIL_END_OF_SUPPORT", "scope": "NO_MINOR_UPGRADES"}
    for row in planned_on(Cloud.GCP).of_type(NODE_POOL):
        assert "version" not in row.inputs, "a version on a pool would differ after each patch"
        assert row.inputs["management"] == {"autoRepair": True, "autoUpgrade": True}


def test_a_minor_whose_first_day_is_unknown_is_refused() -> None:
    with pytest.raises(ComponentError, match=r"'1\.99' is not allowed: one of 1\.36; add the day it came"):
        maintenance_policy("1.99")


def test_the_system_pool_has_a_node_in_each_zone_and_a_home_for_gkes_own_pods() -> None:
    pool = cluster().named(NODE_POOL, "cluster-system").inputs
    taints = pool["nodeConfig"]["taints"]

    assert (pool["nodeCount"], len(pool["nodeLocations"])) == (1, 3)
    assert "autoscaling" not in pool
    assert taints == [{"effect": "NO_SCHEDULE", "key": "components.gke.io/gke-managed-components", "value": "true"}]
    assert {
        "key": taints[0]["key"],
        "operator": "Equal",
        "value": "true",
        "effect": "NoSchedule",
    } in system_tolerations()
    for workload in GKE_WORKLOADS:
        keys = {row.get("key") for row in workload.tolerations}
        assert taints[0]["key"] in keys or workload.kind is WorkloadKind.DAEMON_SET, workload.component
    assert pool["nodeConfig"]["labels"] == {"q2o.dev/pool": "system"}
    assert pool["nodeConfig"]["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"system_pool_nodes": 4}, r"cluster\.system_pool\.nodes: 4 is not allowed: a multiple of 3"),
        ({"generation": 0}, r"cluster\.generation: 0 is not allowed: 1 or more; count from 1"),
        ({"pods_per_node": 300}, r"cluster\.pods_per_node: 300 is not allowed: 8 to 110"),
        ({"addon_versions": {"coredns": "1"}}, r"cluster\.addon_versions: .* none: GKE takes its add-ons along"),
        ({"node_image": "1.35.2-gke.1"}, r"a release for Kubernetes 1\.36"),
    ],
)
def test_what_gke_would_refuse_is_refused_here(changed: dict[str, Any], words: str) -> None:
    nodes = changed.pop("system_pool_nodes", None)
    if nodes:
        changed["system_pool"] = replace(cluster_args().system_pool, nodes=nodes)

    with pytest.raises(ComponentError, match=words):
        recorded(lambda opts: GkeCluster("cluster", cluster_args(**changed), opts))


def test_administrators_are_groups_and_service_accounts_named_once() -> None:
    group, account = "group:platform@example.com", "serviceAccount:deploy@q2o-test.iam.gserviceaccount.com"
    assert PRINCIPALS.by_key((group, account)) == {"platform": group, "deploy": account}

    with pytest.raises(ComponentError, match=r"a group or a service account; give group:<mail address>"):
        PRINCIPALS.by_key(("user:somebody@example.com",))
    with pytest.raises(ComponentError, match=r"one principal named platform"):
        PRINCIPALS.by_key((group, "group:platform@example.org"))


def test_the_kubeconfig_is_a_secret_without_a_token() -> None:
    found = planned_on(Cloud.GCP).exports["kubeconfig"]
    text = json.loads(found["value"])

    entered = text["users"][0]["user"]["exec"]
    assert entered["command"] == "gke-gcloud-auth-plugin"
    # Otherwise the plugin would take gcloud's own login, and not that of Pulumi.
    assert entered["args"] == ["--use_application_default_credentials"]
    assert text["clusters"][0]["cluster"]["server"].endswith(".us-east4.gke.goog")
    assert "token" not in json.dumps(text)
    # The name's certificate is one that everybody trusts; an address has one of the cluster's own.
    assert "certificate-authority-data" not in text["clusters"][0]["cluster"]


def test_a_principal_is_one_service_account_of_one_namespace() -> None:
    assert principal(project_id="p", project_number="12", namespace="n", service_account="s") == (
        "principal://iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/p.svc.id.goog/subject/ns/n/sa/s"
    )


# Controllers


@pytest.mark.parametrize(
    ("total", "pools_", "expected"), [(97, 13, [8] * 6 + [7] * 7), (3, 5, [1] * 5), (5, 2, [3, 2])]
)
def test_shares_add_up_to_the_maximum_and_leave_no_pool_without(total: int, pools_: int, expected: list[int]) -> None:
    assert shares(total, pools_) == expected
    assert sum(shares(total, pools_)) == max(total, pools_)


def test_the_elastic_pools_together_never_exceed_the_maximum() -> None:
    found = pools()

    assert sum(row["autoscaling"]["totalMaxNodeCount"] for row in found.values()) == 97
    assert {row["autoscaling"]["totalMinNodeCount"] for row in found.values()} == {0}
    assert {row["autoscaling"]["locationPolicy"] for row in found.values()} == {"ANY"}
    spot = {name for name, row in found.items() if row["nodeConfig"]["spot"]}
    assert found.keys() - spot == {"controllers-on-demand"}
    assert len(spot) == len(elastic_machines(Cloud.GCP, "us-east4"))
    assert all(row["networkConfig"] == {"enablePrivateNodes": True} for row in found.values())


def test_the_guard_owns_the_bounds_and_nothing_else() -> None:
    for row in planned_on(Cloud.GCP).of_type(NODE_POOL):
        owned = ("autoscaling.totalMaxNodeCount",) if row.name.startswith("controllers-") else ()
        assert row.ignore_changes == owned, row.name


def test_volumes_are_encrypted_and_go_where_their_pod_goes() -> None:
    (found,) = planned_on(Cloud.GCP).of_type("kubernetes:storage.k8s.io/v1:StorageClass")

    assert found.inputs["provisioner"] == "pd.csi.storage.gke.io"
    assert found.inputs["parameters"]["type"] == "hyperdisk-balanced"
    assert found.inputs["volumeBindingMode"] == "WaitForFirstConsumer"


def test_how_long_a_drain_takes_is_gkes_and_refused() -> None:
    pool = ElasticPoolArgs(drain_seconds=900, instance_types=elastic_machines(Cloud.GCP, "us-east4"), nodes_maximum=97)

    with pytest.raises(
        ComponentError, match=r"controllers\.elastic_pool\.drain_seconds: 900 is not allowed: GKE decides"
    ):
        controllers_args("us-east", None, elastic_pool=pool)  # type: ignore[arg-type]
