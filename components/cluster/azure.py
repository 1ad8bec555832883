"""A managed Kubernetes cluster on Azure: the control plane, the nodes that never leave, and how it is entered.

What AKS runs in it is in `azure_addons.py`, its identity and the key of its secrets in `azure_identity.py`, the system
pool in `azure_nodes.py`, the logs in `azure_logs.py`. Elastic nodes are made by AKS' own Karpenter, which is switched
on here and told in `components/controllers/azure.py` what it may buy.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pulumi import ComponentResource, InvokeOutputOptions, Output, Resource, ResourceOptions
from pulumi_azure_native import authorization, containerservice

from components.cluster.azure_contract import named
from components.cluster.azure_identity import create_control_plane
from components.cluster.azure_logs import create_logs
from components.cluster.azure_nodes import schedule_node_images, system_pool
from components.cluster.contract import ClusterArgs, CredentialSource
from components.cluster.kubeconfig import render_kubeconfig
from components.network.azure_contract import POD_ADDRESSES

SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""AKS' server to Entra, the same in every tenant (Azure/kubelogin, "Using kubelogin with AKS")."""
_AUTHORITY = "certificate-authority-data"
DNS_SERVER = 10
"""Place of the cluster's name server in the Services' range; AKS wants to be told, and never the first."""


@dataclass(frozen=True, kw_only=True)
class AksClusterArgs(ClusterArgs):
    """Arguments of a cluster on Azure; `administrators` are object ids of Entra groups."""

    balancer_address_id: Output[str]
    """Id of the public address that the cluster's load balancer takes."""
    egress_addresses: Output[Sequence[str]]
    """Public addresses that nodes come from when they leave the network, as they do to reach a public API server."""
    resource_group_name: Output[str]
    subscription_id: str
    tenant_id: str
    vault_generation: int = 1
    """Part of the name of the key's vault; raised by one when the region is made anew within 90 days."""
    zones: tuple[str, ...]
    """Zones of the system pool, as nodes are labelled."""


class AksCluster(ComponentResource):
    """An AKS cluster with its system pool; meets `KubernetesCluster`."""

    cluster_identifier: Output[str]
    """The cluster's ARM id."""
    cluster_name: Output[str]
    credential_source: CredentialSource | None
    """`None`: a pod's token is exchanged at Entra, on the internet."""
    endpoint: Output[str]
    kubeconfig: Output[str]
    oidc_issuer: Output[str]
    resource: Resource
    resource_group_name: Output[str]
    """Where the identities of pods stand."""
    storage: Resource
    system_pool: Resource
    system_pods: Sequence[Resource]

    def __init__(self, name: str, args: AksClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:cluster:AksCluster", name, None, opts)
        self._name = name
        self._args = args

        cluster = self._create_cluster()
        schedule_node_images(name, args, cluster=cluster, parent=self)
        self._lock(cluster)
        create_logs(
            name,
            cluster_id=cluster.id,
            cluster_name=args.cluster_name,
            location=args.location,
            parent=self,
            resource_group_name=args.resource_group_name,
            retention_days=args.log_retention_days,
            tags=args.tags,
        )

        credentials = self._ask_for_credentials(cluster)
        self.cluster_identifier = cluster.id
        self.cluster_name = cluster.name
        self.credential_source = None
        self.endpoint = credentials.apply(lambda known: known[0])
        self.kubeconfig = Output.secret(
            credentials.apply(
                lambda known: render_kubeconfig(
                    authority=known[1], cluster_name=args.cluster_name, endpoint=known[0], login=_login(args.tenant_id)
                )
            )
        )
        self.oidc_issuer = cluster.oidc_issuer_profile.apply(_issuer)
        self.resource = cluster
        self.resource_group_name = args.resource_group_name
        # AKS brings driver, name resolution and pod network with the cluster, and it stands once they run.
        self.storage = cluster
        self.system_pool = cluster
        self.system_pods = (cluster,)
        self.register_outputs(
            {
                "cluster_identifier": self.cluster_identifier,
                "cluster_name": self.cluster_name,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
                "oidc_issuer": self.oidc_issuer,
                "resource_group_name": self.resource_group_name,
            }
        )

    def _options(self, **own: Any) -> ResourceOptions:
        return ResourceOptions(parent=self, **own)

    def _create_cluster(self) -> containerservice.ManagedCluster:
        args = self._args
        subnet = Output.from_input(args.private_subnet_ids).apply(lambda ids: str(ids[0]))
        control_plane = create_control_plane(self._name, args, parent=self, subnet_id=subnet)
        public = bool(args.public_access_ranges)
        return containerservice.ManagedCluster(
            f"{self._name}-cluster",
            aad_profile={
                "admin_group_object_ids": list(args.administrators),
                # Rights inside the cluster are Kubernetes' own, the same on every cloud.
                "enable_azure_rbac": False,
                "managed": True,
                "tenant_id": args.tenant_id,
            },
            agent_pool_profiles=[system_pool(args, subnet)],
            api_server_access_profile={
                "authorized_ip_ranges": self._authorized() if public else None,
                # A way in beside the network, for whoever may read the cluster in Azure.
                "disable_run_command": True,
                "enable_private_cluster": not public,
                "enable_private_cluster_public_fqdn": False if not public else None,
            },
            auto_upgrade_profile={"node_os_upgrade_channel": "NodeImage", "upgrade_channel": "none"},
            disable_local_accounts=True,
            dns_prefix=args.cluster_name,
            enable_rbac=True,
            identity={
                "type": containerservice.ResourceIdentityType.USER_ASSIGNED,
                "user_assigned_identities": [control_plane.identity.id],
            },
            kubernetes_version=args.kubernetes_minor,
            location=args.location,
            network_profile={
                "dns_service_ip": str(args.service_addresses[DNS_SERVER]),
                "load_balancer_sku": "standard",
                "network_dataplane": "cilium",
                "network_plugin": "azure",
                "network_plugin_mode": "overlay",
                "network_policy": "cilium",
                # The subnet's own gateway, so that the address is ours and stays.
                "outbound_type": "userAssignedNATGateway",
                "pod_cidr": str(POD_ADDRESSES),
                "service_cidr": str(args.service_addresses),
            },
            node_provisioning_profile={"default_node_pools": "None", "mode": "Auto"},
            node_resource_group=named("resource-group", args.cluster_name, "nodes"),
            # What stands there is AKS' own; changed by hand, it would break with the next upgrade.
            node_resource_group_profile={"restriction_level": "ReadOnly"},
            oidc_issuer_profile={"enabled": True},
            resource_group_name=args.resource_group_name,
            resource_name_=args.cluster_name,
            security_profile={
                "azure_key_vault_kms": {
                    "enabled": True,
                    "key_id": control_plane.key_address,
                    "key_vault_network_access": "Public",
                },
                "image_cleaner": {"enabled": False},
                "workload_identity": {"enabled": True},
            },
            sku={"name": "Base", "tier": "Standard"},
            storage_profile={
                "blob_csi_driver": {"enabled": False},
                "disk_csi_driver": {"enabled": True},
                "file_csi_driver": {"enabled": False},
                "snapshot_controller": {"enabled": False},
            },
            # Never the long-term plan: it costs six times as much.
            support_plan="KubernetesOfficial",
            tags=args.tags,
            opts=self._options(depends_on=[*control_plane.rights, *args.egress], protect=args.deletion_protection),
        )

    def _authorized(self) -> Output[list[str]]:
        """Return who may reach a public API server: whoever is named, and the nodes, which have no other way to it."""
        named_ranges = [str(addresses) for addresses in self._args.public_access_ranges]
        return self._args.egress_addresses.apply(
            lambda addresses: [*named_ranges, *(f"{address}/32" for address in addresses)]
        )

    def _lock(self, cluster: containerservice.ManagedCluster) -> None:
        """Have Azure refuse to delete the cluster, whoever asks, until the lock is taken away."""
        if self._args.deletion_protection:
            authorization.ManagementLockByScope(
                f"{self._name}-lock",
                level="CanNotDelete",
                lock_name=named("lock", self._args.cluster_name, "cluster"),
                notes="Holds the region; set deletion_protection to false before a wanted end.",
                scope=cluster.id,
                opts=self._options(),
            )

    def _ask_for_credentials(self, cluster: containerservice.ManagedCluster) -> Output[tuple[str, str]]:
        """Return where the API server answers and the authority that its certificate is of.

        Azure tells the authority in no property of the cluster, only to who may enter it
        (docs/adr/0025-azure-is-asked-one-question.md).
        """
        found = containerservice.list_managed_cluster_user_credentials_output(
            format="exec",
            resource_group_name=self._args.resource_group_name,
            resource_name=cluster.name,
            opts=InvokeOutputOptions(parent=self, depends_on=[cluster]),
        )
        return found.apply(lambda answer: parse_credentials(answer.kubeconfigs[0].value))


def _issuer(profile: containerservice.outputs.ManagedClusterOIDCIssuerProfileResponse | None) -> str:
    return (profile and profile.issuer_url) or ""


def parse_credentials(encoded: str) -> tuple[str, str]:
    """Return the API server's address and its authority, of a kubeconfig as Azure encodes it.

    Raises `ValueError` for a text that does not name both.
    """
    text = base64.b64decode(encoded).decode()
    found = [re.search(rf"^\s*{key}:\s*(\S+)\s*$", text, re.MULTILINE) for key in ("server", _AUTHORITY)]
    server, authority = found
    if server is None or authority is None:
        raise ValueError("what Azure answers names no server, or no authority")
    return server[1], authority[1]


def _login(tenant_id: str) -> dict[str, object]:
    """Return kubelogin as whoever the Azure CLI is: a person, or a pipeline by its own federated identity."""
    return {
        "args": ["get-token", "--login", "azurecli", "--server-id", SERVER_APPLICATION, "--tenant-id", tenant_id],
        "command": "kubelogin",
        "provideClusterInfo": False,
    }
