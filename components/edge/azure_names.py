"""The API's name on Azure: the record that leads to the balancer, and a certificate that proves it is ours.

The certificate is Let's Encrypt's, fetched and renewed by cert-manager: what a balancer that knows no TLS leaves to
the proxies (docs/adr/0030-tls-ends-in-the-gateway-on-azure.md). Both are written into the zone that the stack was
given; the zone and its delegation belong to `bootstrap/`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, Resource, ResourceOptions
from pulumi_azure_native import dns

from clouds.azure.dns_zones import Zone
from components.base.labels import object_labels
from components.base.vocabulary import Tier
from components.cluster.azure_contract import Right, Role, WorkloadIdentity, WorkloadIdentityArgs
from components.edge.contract import EdgeArgs

AUTHORITY = "https://acme-v02.api.letsencrypt.org/directory"
CERTIFICATE_SECRET = "public-tls"  # noqa: S105  the name of a Secret
ISSUER = "public"
CERT_MANAGER = "cert-manager"
"""Namespace and service account of the controller that writes the proof."""
RECORD_SECONDS = 60
"""How long a resolver may remember where the API is."""


def create_address_record(
    name: str, args: EdgeArgs, zone: Zone, *, address_id: Input[str], parent: Resource
) -> Output[str]:
    """Lead the host to the balancer's address and return the host.

    The record names the address itself and not its number: it cannot be left leading to what is somebody else's by now.
    """
    record = dns.RecordSet(
        f"{name}-host",
        record_type="A",
        relative_record_set_name=args.host.removesuffix(zone.name).rstrip(".") or "@",
        resource_group_name=zone.group,
        target_resource={"id": address_id},
        ttl=RECORD_SECONDS,
        zone_name=zone.name,
        opts=ResourceOptions(parent=parent),
    )
    return record.id.apply(lambda _: args.host)


def create_certificate_identity(
    name: str,
    args: EdgeArgs,
    zone: Zone,
    *,
    issuer: Input[str],
    parent: Resource,
    resource_group_name: Input[str],
) -> WorkloadIdentity:
    """Let cert-manager write into the zone, by an identity of its own."""
    return WorkloadIdentity(
        f"{name}-certificates",
        WorkloadIdentityArgs(
            issuer=issuer,
            location=args.location,
            namespace=CERT_MANAGER,
            physical_cluster_name=args.cluster_name,
            resource_group_name=resource_group_name,
            rights={"zone": Right(role=Role.DNS_ZONE_CONTRIBUTOR, scope=args.zone_id)},
            role="certificates",
            service_account=CERT_MANAGER,
            subscription_id=zone.subscription_id,
            tags=args.tags,
        ),
        ResourceOptions(parent=parent),
    )


def create_certificate(
    name: str,
    args: EdgeArgs,
    zone: Zone,
    *,
    certificates: Resource,
    identity: WorkloadIdentity,
    namespace: Output[str],
    parent: Resource,
    tenant_id: str,
) -> Output[str]:
    """Ask for the certificate and return the name of its Secret, known once it was issued."""

    def metadata(physical: str, annotations: Mapping[str, str] | None = None) -> kubernetes.meta.v1.ObjectMetaArgs:
        return kubernetes.meta.v1.ObjectMetaArgs(
            annotations=annotations,
            labels=object_labels(component=Tier.GATEWAY.value, instance=physical),
            name=physical,
            namespace=namespace,
        )

    issuer = kubernetes.apiextensions.CustomResource(
        f"{name}-issuer",
        api_version="cert-manager.io/v1",
        kind="Issuer",
        metadata=metadata(ISSUER),
        spec={
            "acme": {
                "privateKeySecretRef": {"name": f"{ISSUER}-account"},
                "server": AUTHORITY,
                "solvers": [
                    {
                        "dns01": {
                            "azureDNS": {
                                "environment": "AzurePublicCloud",
                                "hostedZoneName": zone.name,
                                "managedIdentity": {"clientID": identity.client_id, "tenantID": tenant_id},
                                "resourceGroupName": zone.group,
                                "subscriptionID": zone.subscription_id,
                            }
                        }
                    }
                ],
            }
        },
        opts=ResourceOptions(parent=parent, depends_on=[certificates], deleted_with=args.cluster.resource),
    )
    certificate = kubernetes.apiextensions.CustomResource(
        f"{name}-certificate",
        api_version="cert-manager.io/v1",
        kind="Certificate",
        # Without it Pulumi would call it made before it is issued, and the gateway would start without one.
        metadata=metadata(CERTIFICATE_SECRET, {"pulumi.com/waitFor": "condition=Ready"}),
        spec={
            "dnsNames": [args.host],
            "issuerRef": {"kind": "Issuer", "name": issuer.id.apply(lambda found: found.rpartition("/")[2])},
            "privateKey": {"algorithm": "ECDSA", "rotationPolicy": "Always", "size": 256},
            "secretName": CERTIFICATE_SECRET,
        },
        opts=ResourceOptions(parent=parent, deleted_with=args.cluster.resource),
    )
    return certificate.id.apply(lambda _: CERTIFICATE_SECRET)
