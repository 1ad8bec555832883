"""The cluster on Azure: who may enter, what is encrypted, which nodes stand, what AKS runs, and what is refused."""

from __future__ import annotations

import base64
import json
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest
from pulumi import ResourceOptions

from clouds.azure import records as azure_table
from clouds.catalogue import kind_of, replacing
from clouds.machines import INSTANCE_TYPES
from components.base.errors import ComponentError
from components.base.pods import WorkloadKind, system_tolerations
from components.cluster.azure import AksCluster, parse_credentials
from components.cluster.azure_addons import aks_workloads
from components.keys.azure_contract import vault_name
from components.network.azure import AzureNetwork
from q2o_infra.plan import wire
from q2o_infra.plan.recorder import Recording, record
from tests.support.azure import SUBSCRIPTION, TENANT, cluster_args, network_args, provider

CLUSTER = "azure-native:containerservice:ManagedCluster"
COMPONENT = "q2o:cluster:AksCluster"
LOCK = "azure-native:authorization:ManagementLockByScope"
RIGHT = "azure-native:authorization:RoleAssignment"


def recorded(**changes: Any) -> Recording:
    def program() -> None:
        opts = ResourceOptions(provider=provider())
        network = AzureNetwork("network", network_args(), opts)
        AksCluster("cluster", cluster_args(network, **changes), opts)

    return record(program)


@cache
def usual() -> Recording:
    return recorded()


def cluster(recording: Recording | None = None) -> dict[str, Any]:
    return (recording or usual()).named(CLUSTER, "cluster-cluster").inputs


def test_the_api_server_is_reached_from_inside_only() -> None:
    assert cluster()["apiServerAccessProfile"] == {
        "authorizedIPRanges": None,
        "disableRunCommand": True,
        "enablePrivateCluster": True,
        "enablePrivateClusterPublicFQDN": False,
    }


def test_named_ranges_may_enter_from_outside_and_the_nodes_by_the_network_s_way_out() -> None:
    recording = recorded(public_access_ranges=(IPv4Network("198.51.100.0/24"),))
    (way_out,) = recording.named("q2o:network:AzureNetwork", "network").outputs["egress_addresses"]
    profile = cluster(recording)["apiServerAccessProfile"]
    assert profile["enablePrivateCluster"] is False
    assert profile["authorizedIPRanges"] == ["198.51.100.0/24", f"{way_out}/32"], "a node shut out never joins"


def test_people_enter_by_entra_and_there_is_no_account_of_the_cluster_s_own() -> None:
    assert cluster()["disableLocalAccounts"] is True
    assert cluster()["aadProfile"]["adminGroupObjectIDs"] == ["10000000-0000-4000-8000-000000000003"]
    assert cluster()["aadProfile"]["managed"] is True


def test_pods_get_identities_and_an_overlay_behind_cilium() -> None:
    network = cluster()["networkProfile"]
    assert (network["networkPlugin"], network["networkPluginMode"]) == ("azure", "overlay")
    assert (network["networkDataplane"], network["networkPolicy"]) == ("cilium", "cilium")
    assert network["outboundType"] == "userAssignedNATGateway"
    assert cluster()["oidcIssuerProfile"] == {"enabled": True}
    assert cluster()["securityProfile"]["workloadIdentity"] == {"enabled": True}


def test_secrets_are_encrypted_with_a_key_that_nobody_can_purge() -> None:
    recording = usual()
    vault = recording.named("azure-native:keyvault:Vault", "cluster-secrets-vault").inputs["properties"]
    kms = cluster()["securityProfile"]["azureKeyVaultKms"]
    assert (vault["enablePurgeProtection"], vault["softDeleteRetentionInDays"]) == (True, 90)
    assert vault["enableRbacAuthorization"] is True
    assert kms["enabled"] is True
    assert kms["keyId"].count("/") == 5, "with its version: AKS takes no other"
    right = recording.named(RIGHT, "cluster-secrets").inputs
    assert right["scope"].endswith("/keys/secrets"), "on the key, and on nothing beside it"


def test_the_control_plane_changes_one_public_address_and_may_look_for_it_among_the_group_s() -> None:
    recording = usual()
    right = recording.named(RIGHT, "cluster-addresses")
    role = recording.named("azure-native:authorization:RoleDefinition", "cluster-addresses-role")
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/q2o-us-east"
    assert (right.inputs["scope"], role.inputs["assignableScopes"]) == (group, [group]), "it lists them in the group"
    assert role.inputs["permissions"] == [{"actions": ["Microsoft.Network/publicIPAddresses/read"], "dataActions": []}]
    assert role.urn in right.dependencies
    assert recording.named(RIGHT, "cluster-address").inputs["scope"].endswith("/publicIPAddresses/q2o-us-east-public")
    assert right.urn in recording.named(CLUSTER, "cluster-cluster").dependencies


def test_the_system_pool_is_fixed_one_node_in_each_zone_and_only_for_who_tolerates_it() -> None:
    (pool,) = cluster()["agentPoolProfiles"]
    assert (pool["count"], pool["availabilityZones"], pool["enableAutoScaling"]) == (3, ["1", "2", "3"], False)
    assert pool["nodeLabels"] == {"q2o.dev/pool": "system"}
    assert pool["nodeTaints"] == ["CriticalAddonsOnly=true:NoSchedule"]
    assert {"key": "CriticalAddonsOnly", "operator": "Equal", "value": "true", "effect": "NoSchedule"} in (
        system_tolerations()
    )
    assert pool["enableEncryptionAtHost"] is True
    assert pool["enableNodePublicIP"] is False
    assert pool["maxPods"] == INSTANCE_TYPES[pool["vmSize"]].pods, "AKS reserves memory for each pod that may come"


def test_karpenter_comes_with_the_cluster_and_brings_no_pools_of_its_own() -> None:
    assert cluster()["nodeProvisioningProfile"] == {"defaultNodePools": "None", "mode": "Auto"}


def test_kubernetes_waits_for_us_and_node_images_for_sunday_night() -> None:
    assert cluster()["autoUpgradeProfile"] == {"nodeOSUpgradeChannel": "NodeImage", "upgradeChannel": "none"}
    window = usual().named("azure-native:containerservice:MaintenanceConfiguration", "cluster-node-images").inputs
    assert window["configName"] == "aksManagedNodeOSUpgradeSchedule"
    assert window["maintenanceWindow"]["schedule"]["weekly"]["dayOfWeek"] == "Sunday"


@pytest.mark.parametrize("protected", [True, False])
def test_azure_refuses_to_delete_a_protected_cluster(protected: bool) -> None:
    recording = recorded(deletion_protection=protected)
    locks = [(row.inputs["level"], row.inputs["scope"].split("/")[-1]) for row in recording.of_type(LOCK)]
    assert locks == ([("CanNotDelete", "q2o-us-east")] if protected else [])
    assert recording.named(CLUSTER, "cluster-cluster").protect is protected


def test_the_network_is_never_changed_by_replacing_the_cluster_unnoticed() -> None:
    old = {"networkProfile": {"podCidr": "192.168.0.0/16", "loadBalancerSku": "standard"}, "kubernetesVersion": "1.36"}
    new = {"networkProfile": {"podCidr": "192.169.0.0/16", "loadBalancerSku": "standard"}, "kubernetesVersion": "1.37"}
    assert replacing(kind_of(CLUSTER), old, new) == ("networkProfile.podCidr",)


def test_the_kubeconfig_is_secret_and_holds_no_token() -> None:
    outputs = usual().named(COMPONENT, "cluster").outputs
    assert wire.holds_secret(outputs["kubeconfig"])
    document = json.loads(wire.unwrap(outputs["kubeconfig"]))
    (user,) = document["users"]
    assert user["user"]["exec"]["command"] == "kubelogin"
    assert TENANT in user["user"]["exec"]["args"]
    assert user["user"].keys() == {"exec"}
    assert document["clusters"][0]["cluster"]["certificate-authority-data"] == "c2ltdWxhdGVk"


def test_what_azure_answers_is_read_and_what_it_does_not_say_is_an_error() -> None:
    text = "clusters:\n- cluster:\n    certificate-authority-data: YQ==\n    server: https://a.b:443\n  name: c\n"
    assert parse_credentials(base64.b64encode(text.encode()).decode()) == ("https://a.b:443", "YQ==")
    with pytest.raises(ValueError, match="names no server"):
        parse_credentials(base64.b64encode(b"clusters: []\n").decode())


def test_a_simulated_azure_answers_that_one_question_and_no_other() -> None:
    assert azure_table.answer(azure_table.USER_CREDENTIALS, {"resourceName": "q2o"}) is not None
    assert azure_table.answer("azure-native:containerservice:getManagedCluster", {"resourceName": "q2o"}) is None


def test_the_control_plane_s_logs_lie_in_the_cheaper_plan_before_the_first_arrives() -> None:
    recording = usual()
    tables = recording.of_type("azure-native:operationalinsights:Table")
    setting = recording.named("azure-native:monitor:DiagnosticSetting", "cluster-logs")
    assert {(row.inputs["tableName"], row.inputs["plan"]) for row in tables} == {
        ("AKSAuditAdmin", "Basic"),
        ("AKSControlPlane", "Basic"),
    }
    assert {row.urn for row in tables} <= set(setting.dependencies)
    assert "guard" in {row["category"] for row in setting.inputs["logs"]}


def test_what_azure_lets_nobody_delete_goes_with_what_holds_it() -> None:
    recording = usual()
    vault = recording.named("azure-native:keyvault:Vault", "cluster-secrets-vault")
    workspace = recording.named("azure-native:operationalinsights:Workspace", "cluster-logs")
    key = recording.named("azure-native:keyvault:Key", "cluster-secrets-key")
    tables = recording.of_type("azure-native:operationalinsights:Table")
    assert key.deleted_with == vault.urn, "the vault's own interface deletes keys, and admits no deployer"
    assert {row.deleted_with for row in tables} == {workspace.urn}, "tables of Azure's cannot be deleted"


def test_days_that_log_analytics_refuses_are_refused_here() -> None:
    with pytest.raises(ComponentError) as refusal:
        recorded(log_retention_days=7)
    assert refusal.value.message == (
        "cluster.log_retention_days: 7 is not allowed: Log Analytics keeps logs for 30 to 730 days; "
        "take a number in between."
    )


def test_a_vault_s_name_fits_and_a_generation_is_another_name() -> None:
    names = [vault_name("us-east", "aks", generation=number, subscription_id=SUBSCRIPTION) for number in (1, 2)]
    assert len(set(names)) == 2
    assert all(len(name) <= 24 for name in names)
    with pytest.raises(ComponentError, match=r"vault.generation: 0 is not allowed: 1 or more"):
        vault_name("us-east", "aks", generation=0, subscription_id=SUBSCRIPTION)


def test_what_aks_runs_fits_on_the_system_nodes_and_leaves_half_of_them() -> None:
    machine = INSTANCE_TYPES["Standard_E2ps_v6"]
    everywhere = [row for row in aks_workloads() if row.kind is WorkloadKind.DAEMON_SET]
    once = [row for row in aks_workloads() if row.kind is WorkloadKind.DEPLOYMENT]
    asked = 3 * sum(row.cpu_millicores for row in everywhere) + sum(row.cpu_millicores * row.replicas for row in once)
    assert asked < 3 * machine.allocatable_millicores / 2
    assert all({"operator": "Exists"} in row.tolerations for row in everywhere)
    assert all(row.tolerations[0]["key"] == "CriticalAddonsOnly" for row in once)
