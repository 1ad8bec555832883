"""The API's name: a certificate that proves it is ours, and the record that leads to the balancer.

Both are written into the managed zone that the stack was given; the zone and its delegation belong to `bootstrap/`.
Certificate Manager issues within minutes after the proof is seen, and nothing here waits for that: the first requests
of a new name may be refused (components/edge/README.md).
"""

from __future__ import annotations

import pulumi_gcp as gcp
from pulumi import Output, Resource, ResourceOptions

from components.cluster.gcp_contract import named
from components.edge.contract import EdgeArgs

# The record stays: Certificate Manager looks for it again whenever it renews the certificate.
VALIDATION_TTL_SECONDS = 300
ADDRESS_TTL_SECONDS = 300


def create_certificate(name: str, args: EdgeArgs, *, parent: Resource) -> Output[str]:
    """Return how a proxy names the map that holds the certificate, known once the map leads to it."""
    opts = ResourceOptions(parent=parent)
    physical = named("gcp-certificate", args.cluster_name, "public")
    authorization = gcp.certificatemanager.DnsAuthorization(
        f"{name}-certificate",
        domain=args.host,
        labels=dict(args.tags),
        name=physical,
        type="FIXED_RECORD",
        opts=opts,
    )
    proof = authorization.dns_resource_records.apply(lambda found: found[0])
    record = gcp.dns.RecordSet(
        f"{name}-validation",
        managed_zone=args.zone_id,
        name=proof.apply(lambda found: str(found.name)),
        rrdatas=[proof.apply(lambda found: str(found.data))],
        ttl=VALIDATION_TTL_SECONDS,
        type=proof.apply(lambda found: str(found.type)),
        opts=opts,
    )
    certificate = gcp.certificatemanager.Certificate(
        f"{name}-certificate",
        labels=dict(args.tags),
        managed={
            # Read with the record: an authorization without its proof ends in a failed certificate.
            "dns_authorizations": [Output.all(authorization.id, record.id).apply(lambda known: str(known[0]))],
            "domains": [args.host],
        },
        name=physical,
        scope="DEFAULT",
        opts=opts,
    )
    certificates = gcp.certificatemanager.CertificateMap(
        f"{name}-certificate", labels=dict(args.tags), name=physical, opts=opts
    )
    entry = gcp.certificatemanager.CertificateMapEntry(
        f"{name}-certificate",
        certificates=[certificate.id],
        hostname=args.host,
        labels=dict(args.tags),
        map=certificates.name,
        name=physical,
        opts=opts,
    )
    return Output.all(certificates.id, entry.id).apply(lambda known: f"//certificatemanager.googleapis.com/{known[0]}")


def create_address_record(name: str, args: EdgeArgs, *, address: Output[str], parent: Resource) -> Output[str]:
    """Lead the host to the balancer and return it. IPv4 only, as the network is."""
    record = gcp.dns.RecordSet(
        f"{name}-host",
        managed_zone=args.zone_id,
        name=f"{args.host}.",
        rrdatas=[address],
        ttl=ADDRESS_TTL_SECONDS,
        type="A",
        opts=ResourceOptions(parent=parent),
    )
    return record.name.apply(lambda found: found.rstrip("."))
