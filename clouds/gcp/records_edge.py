"""Google Cloud at the edge: the global load balancer part by part, certificates, DNS records. Sources: `gcp.py`."""

from __future__ import annotations

from clouds.gcp.rows import Outputs, in_project, linked, project, row
from clouds.kind import Kind, Subject


def _global_address(subject: Subject) -> Outputs:
    return {**linked(subject), "address": f"203.0.113.{int(subject.token(2), 16)}"}


def _authorization(subject: Subject) -> Outputs:
    return {
        "dnsResourceRecords": [
            {
                "data": f"{subject.token(32)}.{subject.token(2)}.authorize.certificatemanager.goog.",
                "name": f"_acme-challenge.{subject.inputs['domain']}.",
                "type": "CNAME",
            }
        ]
    }


def _record_id(subject: Subject) -> str:
    inputs = subject.inputs
    return f"projects/{project(subject)}/managedZones/{inputs['managedZone']}/rrsets/{inputs['name']}/{inputs['type']}"


def _manager_id(collection: str) -> str:
    return f"locations/global/{collection}"


KINDS: tuple[Kind, ...] = (
    row(
        "compute/globalAddress:GlobalAddress",
        in_project("global/addresses"),
        _global_address,
        replaces="address addressType description ipVersion name network prefixLength project purpose",
        unique="name",
        seconds=(12, 5, 12),
    ),
    row(
        "compute/healthCheck:HealthCheck",
        in_project("global/healthChecks"),
        linked,
        replaces="name project",
        unique="name",
        seconds=(12, 12, 12),
    ),
    row(
        "compute/backendService:BackendService",
        in_project("global/backendServices"),
        linked,
        replaces="name params project",
        unique="name",
        seconds=(35, 12, 12),
    ),
    row(
        "compute/uRLMap:URLMap",
        in_project("global/urlMaps"),
        linked,
        replaces="name project",
        unique="name",
        seconds=(12, 12, 12),
    ),
    row(
        "compute/targetHttpProxy:TargetHttpProxy",
        in_project("global/targetHttpProxies"),
        linked,
        required="urlMap",
        replaces="description httpKeepAliveTimeoutSec name project proxyBind",
        unique="name",
        seconds=(12, 12, 12),
    ),
    row(
        "compute/targetHttpsProxy:TargetHttpsProxy",
        in_project("global/targetHttpsProxies"),
        linked,
        required="urlMap",
        replaces="description httpKeepAliveTimeoutSec name project proxyBind tlsEarlyData",
        unique="name",
        seconds=(12, 12, 12),
    ),
    row(
        "compute/globalForwardingRule:GlobalForwardingRule",
        in_project("global/forwardingRules"),
        linked,
        required="target",
        replaces="description ipAddress ipProtocol ipVersion metadataFilters name network networkTier "
        "noAutomateDnsZone portRange project serviceDirectoryRegistrations sourceIpRanges subnetwork",
        unique="name",
        seconds=(22, 12, 22),
    ),
    row(
        "compute/sSLPolicy:SSLPolicy",
        in_project("global/sslPolicies"),
        linked,
        replaces="description name project",
        unique="name",
        seconds=(12, 12, 12),
    ),
    row(
        "compute/securityPolicy:SecurityPolicy",
        in_project("global/securityPolicies"),
        linked,
        replaces="name project type",
        unique="name",
        seconds=(22, 22, 12),
    ),
    row(
        "certificatemanager/dnsAuthorization:DnsAuthorization",
        in_project(_manager_id("dnsAuthorizations")),
        _authorization,
        required="domain",
        replaces="domain location name project type",
        unique="name",
        seconds=(8, 5, 5),
    ),
    row(
        "certificatemanager/certificate:Certificate",
        in_project(_manager_id("certificates")),
        lambda s: {"sanDnsnames": list((s.inputs.get("managed") or {}).get("domains") or [])},
        replaces="location managed name project scope",
        unique="name",
        seconds=(8, 5, 5),
    ),
    row(
        "certificatemanager/certificateMap:CertificateMap",
        in_project(_manager_id("certificateMaps")),
        replaces="name project",
        unique="name",
        seconds=(8, 5, 5),
    ),
    row(
        "certificatemanager/certificateMapEntry:CertificateMapEntry",
        lambda s: (
            f"projects/{project(s)}/locations/global/certificateMaps/{s.inputs['map']}/certificateMapEntries/"
            f"{s.inputs['name']}"
        ),
        lambda _: {"state": "ACTIVE"},
        required="certificates map",
        replaces="hostname map matcher name project",
        unique="name",
        seconds=(15, 5, 8),
    ),
    row(
        "dns/recordSet:RecordSet",
        _record_id,
        required="managedZone name type",
        replaces="managedZone name project",
        seconds=(5, 5, 5),
    ),
)
