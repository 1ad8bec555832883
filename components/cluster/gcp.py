"""A managed Kubernetes cluster on Google Cloud: the control plane, its key, who may enter, and in which order.

GKE Standard, regional, on nodes without public addresses. The nodes that never leave are decided in `gcp_nodes.py`,
what GKE runs by itself stands in `gcp_pods.py`, how its own upgrades are taken in `gcp_upgrades.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_gcp as gcp
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.base.errors import ComponentError, refused
from components.cluster.contract import ClusterArgs, CredentialSource
from components.cluster.gcp_contract import (
    KEY_ROTATION,
    METADATA_SERVER,
    create_node_account,
    create_service_agent,
    named,
    project_number,
)
from components.cluster.gcp_identity import create_administrators
from components.cluster.gcp_nodes import create_system_pool
from components.cluster.gcp_upgrades import maintenance_policy
from components.cluster.kubeconfig import render_kubeconfig
from components.network.gcp_contract import LogArgs, create_logs

LOG_COMPONENTS = ("SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER")
"""Those of the control plane ask for the first (GKE documentation, "View GKE logs"). What containers of the platform
write is left out: it is paid for by the byte and belongs to phase 3."""
PODS_PER_NODE_MOST = 110
"""GKE Standard on Dataplane V2 takes up to 256; 110 is what the project of Kubernetes tests."""
LOGIN = {
    # Without it, the plugin takes whoever gcloud itself is logged in as, and Pulumi would be somebody else inside.
    "args": ["--use_application_default_credentials"],
    "command": "gke-gcloud-auth-plugin",
    "installHint": "gcloud components install gke-gcloud-auth-plugin",
    "provideClusterInfo": True,
}
"""What fetches a token for the application-default login, a pipeline's federated identity among them."""


@dataclass(frozen=True, kw_only=True)
class GkeClusterArgs(ClusterArgs):
    """Arguments of a GKE cluster."""

    generation: int = 1
    """Part of the names of the key ring and of the logs' bucket, which no one gets back once they were used, or not for
    a week: raise it to make a cluster anew in a project where one was destroyed."""
    pods_per_node: int
    """Each node takes twice as many addresses of the pods' range, rounded up to a power of two."""
    pods_range: str
    """Name of the subnet's range for pods."""
    project_id: str
    services_range: str
    """Name of the subnet's range for Services."""
    zones: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.generation < 1:
            raise ComponentError(refused("cluster.generation", self.generation, "1 or more", "count from 1"))
        if not 8 <= self.pods_per_node <= PODS_PER_NODE_MOST:
            raise ComponentError(
                refused(
                    "cluster.pods_per_node", self.pods_per_node, f"8 to {PODS_PER_NODE_MOST}", "choose one in between"
                )
            )
        if self.addon_versions:
            raise ComponentError(
                refused(
                    "cluster.addon_versions",
                    sorted(self.addon_versions),
                    "none: GKE takes its add-ons along with the cluster's version",
                    "raise the cluster's version instead",
                )
            )


class GkeCluster(ComponentResource):
    """A GKE cluster with its system pool; meets `KubernetesCluster`."""

    cluster_name: Output[str]
    cluster_identifier: Output[str]
    """`projects/<project>/locations/<location>/clusters/<name>`."""
    credential_source: CredentialSource | None
    """GKE's metadata server on the pod's own node."""
    endpoint: Output[str]
    kubeconfig: Output[str]
    """Secret. Known once the administrators may enter, so whatever uses it comes after and leaves before them."""
    oidc_issuer: Output[str]
    project_number: Output[str]
    """Number of the project; workload identities are named by it."""
    resource: Resource
    storage: Resource
    """The nodes: the driver of volumes runs on them and in the control plane, and is a part of GKE."""
    system_pool: Resource
    system_pods: Sequence[Resource]

    def __init__(self, name: str, args: GkeClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:cluster:GkeCluster", name, None, opts)
        self._name = name
        self._args = args

        agent = create_service_agent(name, parent=self, project_id=args.project_id, service="container.googleapis.com")
        account, rights = create_node_account(
            f"{name}-system",
            named("gcp-service-account", args.cluster_name, "system-node"),
            project_id=args.project_id,
            parent=self,
        )
        cluster = self._create_cluster(self._create_key(agent), account, logs=self._create_logs())
        administrators = create_administrators(name, args, parent=self, cluster=cluster)
        nodes = create_system_pool(name, args, parent=self, cluster=cluster, account=account, rights=rights)

        self.cluster_name = cluster.name
        self.cluster_identifier = cluster.id
        self.credential_source = METADATA_SERVER
        self.endpoint = self._endpoint(cluster)
        self.kubeconfig = self._kubeconfig(cluster, administrators)
        self.oidc_issuer = Output.concat("https://container.googleapis.com/v1/", cluster.id)
        self.project_number = project_number(agent)
        self.resource = cluster
        self.storage = nodes
        self.system_pool = nodes
        self.system_pods = (nodes,)
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_identifier": self.cluster_identifier,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
                "oidc_issuer": self.oidc_issuer,
                "project_number": self.project_number,
            }
        )

    def _create_key(self, agent: gcp.projects.ServiceIdentity) -> Output[str]:
        """Return the key's id, known once GKE may use it.

        The ring is called by its generation: Google keeps rings and keys for ever, and so their names.
        """
        args = self._args
        physical = f"{named('gcp-key-ring', args.cluster_name, 'secrets')}-g{args.generation}"
        ring = gcp.kms.KeyRing(
            f"{self._name}-secrets",
            location=args.location,
            name=physical,
            project=args.project_id,
            opts=self._options(protect=args.deletion_protection),
        )
        key = gcp.kms.CryptoKey(
            f"{self._name}-secrets",
            key_ring=ring.id,
            labels=dict(args.tags),
            name="secrets",
            purpose="ENCRYPT_DECRYPT",
            rotation_period=KEY_ROTATION,
            opts=self._options(protect=args.deletion_protection),
        )
        use = gcp.kms.CryptoKeyIAMMember(
            f"{self._name}-secrets",
            crypto_key_id=key.id,
            member=agent.member,
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            opts=self._options(),
        )
        return use.crypto_key_id

    def _create_logs(self) -> Resource:
        """Lead what GKE logs of this cluster into the region. Who changed what is in Google's audit logs besides."""
        args = self._args
        return create_logs(
            f"{self._name}-logs",
            LogArgs(
                cluster_name=args.cluster_name,
                filter_=f'resource.type:"k8s_" AND resource.labels.cluster_name="{args.cluster_name}"',
                generation=args.generation,
                location=args.location,
                project_id=args.project_id,
                retention_days=args.log_retention_days,
                role="cluster",
                where="cluster.log_retention_days",
            ),
            parent=self,
        )

    def _create_cluster(
        self, key: Output[str], account: gcp.serviceaccount.Account, *, logs: Resource
    ) -> gcp.container.Cluster:
        args = self._args
        public = [str(addresses) for addresses in args.public_access_ranges]
        return gcp.container.Cluster(
            f"{self._name}-cluster",
            addons_config={
                # The opening for name resolution leads to kube-dns; a cache on each node would answer from another.
                "dns_cache_config": {"enabled": False},
                "gce_persistent_disk_csi_driver_config": {"enabled": True},
                "horizontal_pod_autoscaling": {"disabled": False},
                # The controller of network endpoint groups; it makes no load balancer, for there is no Ingress.
                "http_load_balancing": {"disabled": False},
            },
            # What the platform's pods ask for decides when a node goes, not how much of it they use.
            cluster_autoscaling={"autoscaling_profile": "OPTIMIZE_UTILIZATION", "enabled": False},
            control_plane_endpoints_config={
                "dns_endpoint_config": {"allow_external_traffic": False},
                "ip_endpoints_config": {"enabled": bool(public)},
            },
            cost_management_config={"enabled": True},
            database_encryption={"key_name": key, "state": "ENCRYPTED"},
            datapath_provider="ADVANCED_DATAPATH",
            default_max_pods_per_node=args.pods_per_node,
            deletion_protection=args.deletion_protection,
            dns_config={"cluster_dns": "KUBE_DNS"},
            enable_legacy_abac=False,
            enable_shielded_nodes=True,
            # Envoy Gateway brings the definitions of the Gateway API, of its own version.
            gateway_api_config={"channel": "CHANNEL_DISABLED"},
            initial_node_count=1,
            ip_allocation_policy={
                "cluster_secondary_range_name": args.pods_range,
                "services_secondary_range_name": args.services_range,
            },
            location=args.location,
            logging_config={"enable_components": list(LOG_COMPONENTS)},
            maintenance_policy=maintenance_policy(args.kubernetes_minor),
            master_auth={"client_certificate_config": {"issue_client_certificate": False}},
            master_authorized_networks_config=_admitted(public),
            min_master_version=args.node_image,
            # Its agent would take 21 millicores and 145 MiB of each node; phase 3 brings its own.
            monitoring_config={"enable_components": [], "managed_prometheus": {"enabled": False}},
            name=args.cluster_name,
            network=args.network_id,
            networking_mode="VPC_NATIVE",
            # The nodes that come with a cluster are taken away at once; until then they too have rights of ours only.
            node_config=gcp.container.ClusterNodeConfigArgs(
                service_account=account.email,
                shielded_instance_config=gcp.container.ClusterNodeConfigShieldedInstanceConfigArgs(
                    enable_integrity_monitoring=True, enable_secure_boot=True
                ),
            ),
            node_locations=list(args.zones),
            private_cluster_config={"enable_private_endpoint": not public, "enable_private_nodes": True},
            project=args.project_id,
            release_channel={"channel": "REGULAR"},
            remove_default_node_pool=True,
            resource_labels=dict(args.tags),
            security_posture_config={"mode": "BASIC", "vulnerability_mode": "VULNERABILITY_DISABLED"},
            subnetwork=_only(args.private_subnet_ids),
            workload_identity_config={"workload_pool": f"{args.project_id}.svc.id.goog"},
            # What it has of nodes at first is gone a minute later, and read back as something else.
            opts=self._options(depends_on=[logs], ignore_changes=["nodeConfig"], protect=args.deletion_protection),
        )

    def _endpoint(self, cluster: gcp.container.Cluster) -> Output[str]:
        if self._args.public_access_ranges:
            return Output.concat("https://", cluster.endpoint)
        return cluster.control_plane_endpoints_config.apply(
            lambda found: f"https://{(found.dns_endpoint_config and found.dns_endpoint_config.endpoint) or ''}"
        )

    def _kubeconfig(self, cluster: gcp.container.Cluster, administrators: Sequence[Resource]) -> Output[str]:
        # The name has a certificate that everybody trusts; the address has one of the cluster's own.
        authority = (
            cluster.master_auth.cluster_ca_certificate if self._args.public_access_ranges else Output.from_input(None)
        )
        entered = [binding.urn for binding in administrators]
        rendered = Output.all(endpoint=self._endpoint(cluster), authority=authority, entered=entered).apply(
            lambda known: render_kubeconfig(
                authority=known["authority"],
                cluster_name=self._args.cluster_name,
                endpoint=known["endpoint"],
                login=LOGIN,
            )
        )
        return Output.secret(rendered)

    def _options(self, **own: Any) -> ResourceOptions:
        return ResourceOptions(parent=self, **own)


def _admitted(ranges: Sequence[str]) -> gcp.container.ClusterMasterAuthorizedNetworksConfigArgs | None:
    if not ranges:
        return None
    return gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(cidr_block=block) for block in ranges
        ],
        gcp_public_cidrs_access_enabled=False,
    )


def _only(subnets: Input[Sequence[str]]) -> Output[str]:
    return Output.from_input(subnets).apply(lambda found: found[0])
