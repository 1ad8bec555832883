"""A managed Kubernetes cluster on AWS: the control plane, its key, its logs, and in which order the rest stands.

Who may enter is decided in `aws_identity.py`, the nodes that never leave in `aws_nodes.py`, what runs on every node
in `aws_addons.py` and `addons.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi_aws as aws
from pulumi import ComponentResource, Output, Resource, ResourceOptions
from pulumi_aws.eks.outputs import ClusterIdentityOidc

from components.cluster.addons import COREDNS, EBS_CSI
from components.cluster.aws_addons import Addons, create_addon_identities, refuse_unknown_addons
from components.cluster.aws_contract import POD_IDENTITY, named, service_trust
from components.cluster.aws_identity import create_administrators
from components.cluster.aws_nodes import create_system_pool
from components.cluster.contract import ClusterArgs, CredentialSource
from components.cluster.kubeconfig import render_kubeconfig

CLUSTER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# The longest that KMS offers: the key opens every secret of the cluster's backups.
KEY_DELETION_DAYS = 30


class EksCluster(ComponentResource):
    """An EKS cluster with its system pool and add-ons; meets `KubernetesCluster`."""

    cluster_name: Output[str]
    cluster_identifier: Output[str]
    """The cluster's ARN."""
    credential_source: CredentialSource | None
    """The agent on the pod's node."""
    endpoint: Output[str]
    kubeconfig: Output[str]
    """Secret. Known once the administrators may enter, so whatever uses it comes after and leaves before them."""
    node_security_group_id: Output[str]
    """Security group of the control plane's interfaces and of every node and pod."""
    oidc_issuer: Output[str]
    resource: Resource
    storage: Resource
    system_pool: Resource
    system_pods: Sequence[Resource]

    def __init__(self, name: str, args: ClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:cluster:EksCluster", name, None, opts)
        refuse_unknown_addons(args)
        self._name = name
        self._args = args

        cluster = self._create_cluster(self._create_key(), self._create_log_group())
        administrators = create_administrators(name, args, parent=self, cluster=cluster)
        identities = create_addon_identities(name, args, parent=self, cluster=cluster)
        addons = Addons(args=args, cluster=cluster, identities=identities, name=name, parent=self)
        network = addons.create_before_nodes()
        nodes = create_system_pool(
            name,
            args,
            parent=self,
            cluster=cluster,
            # Beside the network: while the driver has a node to run on, it may detach and delete volumes.
            after=[*network.values(), identities[EBS_CSI].association],
        )
        services = addons.create_after_nodes(nodes)

        self.cluster_name = cluster.name
        self.cluster_identifier = cluster.arn
        self.credential_source = POD_IDENTITY
        self.endpoint = cluster.endpoint
        self.kubeconfig = self._kubeconfig(cluster, administrators)
        self.node_security_group_id = cluster.vpc_config.cluster_security_group_id
        self.oidc_issuer = cluster.identities[0].oidcs.apply(_issuer)
        self.resource = cluster
        self.storage = services[EBS_CSI]
        self.system_pool = nodes
        self.system_pods = (nodes, services[COREDNS])
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_identifier": self.cluster_identifier,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
                "node_security_group_id": self.node_security_group_id,
                "oidc_issuer": self.oidc_issuer,
            }
        )

    def _create_key(self) -> aws.kms.Key:
        key = aws.kms.Key(
            f"{self._name}-secrets",
            deletion_window_in_days=KEY_DELETION_DAYS,
            description=f"Secrets of the Kubernetes cluster {self._args.cluster_name}",
            enable_key_rotation=True,
            opts=self._options(protect=self._args.deletion_protection),
        )
        aws.kms.Alias(
            f"{self._name}-secrets",
            name=f"alias/{named('key-alias', self._args.cluster_name, 'secrets')}",
            target_key_id=key.key_id,
            opts=self._options(),
        )
        return key

    def _create_log_group(self) -> aws.cloudwatch.LogGroup:
        """Make the group that EKS would otherwise make itself, without an end to retention and out of our hands."""
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=f"/aws/eks/{self._args.cluster_name}/cluster",
            retention_in_days=self._args.log_retention_days,
            opts=self._options(),
        )

    def _create_cluster(self, key: aws.kms.Key, logs: aws.cloudwatch.LogGroup) -> aws.eks.Cluster:
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-role",
            name=named("role", args.cluster_name, "control-plane"),
            assume_role_policy=service_trust("eks.amazonaws.com"),
            opts=self._options(),
        )
        attachment = aws.iam.RolePolicyAttachment(
            f"{self._name}-policy", role=role.name, policy_arn=CLUSTER_POLICY, opts=self._options()
        )
        public = [str(addresses) for addresses in args.public_access_ranges]
        return aws.eks.Cluster(
            f"{self._name}-cluster",
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
            # Unmanaged copies of the network add-ons would come with the cluster and stay outside the program.
            bootstrap_self_managed_addons=False,
            deletion_protection=args.deletion_protection,
            enabled_cluster_log_types=list(LOG_TYPES),
            encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
            kubernetes_network_config={"ip_family": "ipv4", "service_ipv4_cidr": str(args.service_addresses)},
            name=args.cluster_name,
            role_arn=role.arn,
            # Never extended support: it costs six times as much and starts by itself.
            upgrade_policy={"support_type": "STANDARD"},
            version=args.kubernetes_minor,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                endpoint_private_access=True,
                endpoint_public_access=bool(public),
                public_access_cidrs=public or None,
                subnet_ids=args.private_subnet_ids,
            ),
            opts=self._options(depends_on=[attachment, logs], protect=args.deletion_protection),
        )

    def _kubeconfig(
        self, cluster: aws.eks.Cluster, administrators: Sequence[aws.eks.AccessPolicyAssociation]
    ) -> Output[str]:
        rendered = Output.all(
            endpoint=cluster.endpoint,
            authority=cluster.certificate_authority.data,
            entered=[association.id for association in administrators],
        ).apply(
            lambda known: render_kubeconfig(
                authority=known["authority"],
                cluster_name=self._args.cluster_name,
                endpoint=known["endpoint"],
                login=_login(self._args.cluster_name, self._args.location),
            )
        )
        return Output.secret(rendered)

    def _options(self, **own: Any) -> ResourceOptions:
        return ResourceOptions(parent=self, **own)


def _issuer(found: Sequence[ClusterIdentityOidc] | None) -> str:
    return (found and found[0].issuer) or ""


def _login(cluster_name: str, location: str) -> dict[str, object]:
    return {"args": ["eks", "get-token", "--cluster-name", cluster_name, "--region", location], "command": "aws"}
