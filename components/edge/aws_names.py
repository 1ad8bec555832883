"""The API's name: a certificate that proves it is ours, and the record that leads to the balancer.

Both are written into the zone that the stack was given; the zone and its delegation belong to `bootstrap/`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions
from pulumi_aws.acm.outputs import CertificateDomainValidationOption

from components.edge.contract import EdgeArgs

# The record stays: ACM looks for it again whenever it renews the certificate.
VALIDATION_TTL_SECONDS = 300


def create_certificate(name: str, args: EdgeArgs, *, parent: Resource) -> Output[str]:
    """Return the certificate's ARN, known once ACM has seen the proof and issued it."""
    certificate = aws.acm.Certificate(
        f"{name}-certificate",
        domain_name=args.host,
        key_algorithm="EC_prime256v1",
        tags=dict(args.tags),
        validation_method="DNS",
        opts=ResourceOptions(parent=parent),
    )
    proof = certificate.domain_validation_options.apply(_only)
    record = aws.route53.Record(
        f"{name}-validation",
        name=proof.apply(lambda found: str(found.resource_record_name)),
        records=[proof.apply(lambda found: str(found.resource_record_value))],
        ttl=VALIDATION_TTL_SECONDS,
        type=proof.apply(lambda found: str(found.resource_record_type)),
        zone_id=args.zone_id,
        opts=ResourceOptions(parent=parent),
    )
    validation = aws.acm.CertificateValidation(
        f"{name}-certificate",
        certificate_arn=certificate.arn,
        validation_record_fqdns=[record.fqdn],
        opts=ResourceOptions(parent=parent),
    )
    return validation.certificate_arn


def create_address(name: str, args: EdgeArgs, *, balancer: aws.lb.LoadBalancer, parent: Resource) -> Output[str]:
    """Lead the host to the balancer and return it; the record follows the balancer's addresses by itself.

    IPv4 only, as the network is: a record of IPv6 addresses would be an answer without any.
    """
    record = aws.route53.Record(
        f"{name}-host",
        aliases=[
            {"evaluate_target_health": True, "name": balancer.dns_name, "zone_id": balancer.zone_id},
        ],
        name=args.host,
        type="A",
        zone_id=args.zone_id,
        opts=ResourceOptions(parent=parent),
    )
    return record.name


def _only(found: Sequence[CertificateDomainValidationOption]) -> CertificateDomainValidationOption:
    return found[0]
