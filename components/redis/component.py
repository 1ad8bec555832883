"""Redis Cluster: three primaries and three replicas over three zones, TLS only, with backups in another location.

Where which node stands is decided in `topology.py`, what a server is told in `config.py`, what its keeper does in
`scripts/keeper.sh`, what a pod looks like in `statefulset.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import StatefulSet
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.core.v1 import (
    ConfigMap,
    Namespace,
    Secret,
    Service,
    ServiceAccount,
    ServicePortArgs,
    ServiceSpecArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs
from pulumi_random import RandomPassword

from components.namespaces.contract import DATA_NAMESPACE, pod_security_labels
from components.redis.backup import backup_spec
from components.redis.certificates import (
    API_VERSION,
    AUTHORITY,
    AUTHORITY_NAMESPACE,
    SELF_SIGNED,
    authority_spec,
    issuer_spec,
    node_certificate_spec,
    node_host,
    self_signed_spec,
)
from components.redis.config import AclUser, acl_file, server_config
from components.redis.contract import (
    APPLICATION_SECRET,
    APPLICATION_USER,
    BACKUP_SERVICE_ACCOUNT,
    BUS_PORT,
    CLIENT_ISSUER,
    HOST,
    NODES_SERVICE,
    PORT,
    SERVICE,
    BackupArgs,
    RedisArgs,
)
from components.redis.labels import NODE_PODS, backup_labels, labels, set_labels
from components.redis.policies import openings
from components.redis.scripts import SCRIPTS, script
from components.redis.statefulset import TLS_SECRET, stateful_set_spec
from components.redis.topology import plan_nodes, render_nodes, set_name

_PASSWORD_LENGTH = 48


class Redis(ComponentResource):
    """The Redis Cluster. Needs the providers `kubernetes` and `random` in its options."""

    application_password: Output[str]
    """Password of the user `application`; a secret."""
    application_secret: Output[str]
    """Name of the Secret in `q2o-data` with all that an application needs: host, port, user, password."""
    host: Output[str]
    """Name by which clients discover the cluster; they are then sent to the nodes' own names."""
    issuer: Output[str]
    """ClusterIssuer of the authority; a certificate of it brings `ca.crt`, by which clients verify the nodes."""
    namespace: Output[str]
    port: Output[int]

    def __init__(self, name: str, args: RedisArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:redis:Redis", name, None, opts)
        self._name = name
        self._args = args
        self._nodes = plan_nodes(args.zones)
        self._namespace = self._create_namespace()
        self._create_certificates()
        passwords = self._create_passwords()
        users = self._create_users(passwords)
        settings, revision = self._create_settings()
        guards = self._create_guards()
        self._create_services()
        self._create_stateful_sets(guards, settings=settings, settings_revision=revision, users=users)
        if args.backups is not None:
            self._create_backups(args.backups, guards, settings=settings, users=users)

        self.application_password = passwords[AclUser.APPLICATION]
        self.application_secret = self._create_application_secret(self.application_password)
        self.host = Output.from_input(HOST)
        self.issuer = Output.from_input(CLIENT_ISSUER)
        self.namespace = self._namespace.metadata["name"].apply(str)
        self.port = Output.from_input(PORT)
        self.register_outputs(
            {
                "application_password": self.application_password,
                "application_secret": self.application_secret,
                "host": self.host,
                "issuer": self.issuer,
                "namespace": self.namespace,
                "port": self.port,
            }
        )

    def _inside(self) -> ResourceOptions:
        """Options of what needs no end of its own when the cluster goes."""
        return ResourceOptions(parent=self, deleted_with=self._args.cluster_resource)

    def _metadata(self, name: str, found: Mapping[str, str] | None = None) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=name, namespace=self._namespace.metadata["name"], labels=dict(found or labels(name)))

    def _create_namespace(self) -> Namespace:
        return Namespace(
            f"{self._name}-namespace",
            metadata=ObjectMetaArgs(
                name=DATA_NAMESPACE,
                labels={**labels(DATA_NAMESPACE), **pod_security_labels(self._args.kubernetes_minor)},
            ),
            # With it go the claims, and with them the volumes, for as long as somebody is there to delete them.
            opts=ResourceOptions(parent=self, depends_on=[self._args.storage], protect=self._args.deletion_protection),
        )

    def _create_certificates(self) -> None:
        """Make the authority and the nodes' certificate; a pod waits for its Secret, so nothing else needs to."""
        shared = {"labels": labels("certificates")}
        authority = {**shared, "name": AUTHORITY, "namespace": AUTHORITY_NAMESPACE}
        self_signed = self._certify("self-signed", "ClusterIssuer", {**shared, "name": SELF_SIGNED}, self_signed_spec())
        self._certify("authority", "Certificate", authority, authority_spec(), after=self_signed)
        issuer = self._certify("issuer", "ClusterIssuer", {**shared, "name": CLIENT_ISSUER}, issuer_spec())
        own = {**shared, "name": TLS_SECRET, "namespace": self._namespace.metadata["name"]}
        self._certify("certificate", "Certificate", own, node_certificate_spec(self._nodes), after=issuer)

    def _certify(
        self, role: str, kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any], after: Resource | None = None
    ) -> CustomResource:
        return CustomResource(
            f"{self._name}-{role}",
            api_version=API_VERSION,
            kind=kind,
            metadata=metadata,
            spec=spec,
            opts=ResourceOptions(parent=self, depends_on=[after or self._args.certificates]),
        )

    def _create_passwords(self) -> dict[AclUser, Output[str]]:
        return {
            user: RandomPassword(
                f"{self._name}-{user.value}", length=_PASSWORD_LENGTH, special=False, opts=ResourceOptions(parent=self)
            ).result
            for user in AclUser
        }

    def _create_users(self, passwords: Mapping[AclUser, Output[str]]) -> Output[str]:
        """Make the Secret of the nodes: hashes for the server, and the passwords that a node shows itself."""
        # Made of secrets, so it is one too.
        hashes = Output.all(**{user.value: password for user, password in passwords.items()}).apply(
            lambda known: acl_file({user: known[user.value] for user in AclUser})
        )
        own = {user.value: password for user, password in passwords.items() if user is not AclUser.APPLICATION}
        secret = Secret(
            f"{self._name}-users",
            metadata=self._metadata("redis-users"),
            string_data={"users.acl": hashes, **own},
            type="Opaque",
            opts=self._inside(),
        )
        return secret.metadata["name"]

    def _create_application_secret(self, password: Output[str]) -> Output[str]:
        secret = Secret(
            f"{self._name}-application",
            metadata=self._metadata(APPLICATION_SECRET),
            string_data={"host": HOST, "password": password, "port": str(PORT), "user": APPLICATION_USER},
            type="Opaque",
            opts=self._inside(),
        )
        return secret.metadata["name"]

    def _create_settings(self) -> tuple[Output[str], str]:
        """Make what all nodes read, and return its name and a mark of what it says."""
        args = self._args
        texts = {
            "nodes": render_nodes(self._nodes, host=node_host, port=lambda _: PORT),
            "server.conf": server_config(
                memory_mib=args.memory_mib, node_timeout_milliseconds=args.node_timeout_milliseconds
            ),
            **{found: script(found) for found in SCRIPTS},
        }
        revision = hashlib.sha256("\0".join(texts[key] for key in sorted(texts)).encode()).hexdigest()[:16]
        found = ConfigMap(
            f"{self._name}-settings", metadata=self._metadata("redis-settings"), data=texts, opts=self._inside()
        )
        return found.metadata["name"], revision

    def _create_guards(self) -> list[Resource]:
        return [
            NetworkPolicy(f"{self._name}-{policy}", metadata=self._metadata(policy), spec=spec, opts=self._inside())
            for policy, spec in openings(self._args.backups).items()
        ]

    def _create_services(self) -> None:
        client = ServicePortArgs(name="redis", port=PORT, protocol="TCP", target_port=PORT)
        bus = ServicePortArgs(name="bus", port=BUS_PORT, protocol="TCP", target_port=BUS_PORT)
        Service(
            f"{self._name}-clients",
            metadata=self._metadata(SERVICE),
            spec=ServiceSpecArgs(ports=[client], selector=NODE_PODS, type="ClusterIP"),
            opts=self._inside(),
        )
        Service(
            f"{self._name}-nodes",
            metadata=self._metadata(NODES_SERVICE),
            # Nodes must find each other before they are ready: they become ready by finding each other.
            spec=ServiceSpecArgs(
                cluster_ip="None",
                ports=[client, bus],
                publish_not_ready_addresses=True,
                selector=NODE_PODS,
                type="ClusterIP",
            ),
            opts=self._inside(),
        )
        PodDisruptionBudget(
            f"{self._name}-nodes",
            metadata=self._metadata("redis"),
            spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=LabelSelectorArgs(match_labels=NODE_PODS)),
            opts=self._inside(),
        )

    def _create_stateful_sets(
        self, guards: list[Resource], *, settings: Input[str], settings_revision: str, users: Input[str]
    ) -> None:
        """Make one for each zone, each after the one before: a rollout then takes one node of the six at a time."""
        account = ServiceAccount(
            f"{self._name}-nodes",
            automount_service_account_token=False,
            metadata=self._metadata("redis"),
            opts=self._inside(),
        )
        before: list[Resource] = []
        for zone in self._args.zones:
            before = [
                StatefulSet(
                    f"{self._name}-{zone}",
                    metadata=self._metadata(set_name(zone), set_labels(zone)),
                    spec=stateful_set_spec(
                        self._args,
                        zone=zone,
                        service_account=account.metadata["name"],
                        settings=settings,
                        settings_revision=settings_revision,
                        users=users,
                    ),
                    opts=ResourceOptions(
                        parent=self, depends_on=[*guards, *before], protect=self._args.deletion_protection
                    ),
                )
            ]

    def _create_backups(
        self, backups: BackupArgs, guards: list[Resource], *, settings: Input[str], users: Input[str]
    ) -> None:
        account = ServiceAccount(
            f"{self._name}-backup",
            automount_service_account_token=False,
            metadata=ObjectMetaArgs(
                annotations=backups.account_annotations or None,
                labels=backup_labels(),
                name=BACKUP_SERVICE_ACCOUNT,
                namespace=self._namespace.metadata["name"],
            ),
            opts=self._inside(),
        )
        CronJob(
            f"{self._name}-backup",
            metadata=self._metadata("redis-backup", backup_labels()),
            spec=backup_spec(
                self._args,
                backups,
                settings=settings,
                users=users,
                service_account=account.metadata["name"],
            ),
            opts=ResourceOptions(
                parent=self, deleted_with=self._args.cluster_resource, depends_on=[*guards, backups.identity]
            ),
        )
