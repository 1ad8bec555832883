"""Google Cloud as the sandbox simulates it: one row per resource type that the program uses.

Required properties: pulumi-gcp 10.2.0. Replace-forcing properties: `ForceNew` in each resource's schema of
terraform-provider-google 7.45 (hashicorp/terraform-provider-google at e03b7622, 2026-08-21), whose successor
pulumi-gcp 10.2.0 bridges. Times: medians of public `terraform apply` logs and the GKE documentation (a regional
control plane takes about eight minutes); they only matter when the sandbox is told to take realistic times.
"""

from __future__ import annotations

from typing import Any

from clouds.gcp import records_data, records_edge
from clouds.gcp.rows import (
    FOR_EVER,
    Outputs,
    granted,
    in_project,
    linked,
    location,
    number,
    number_of,
    project,
    regional,
    row,
)
from clouds.kind import Kind, Subject

PROVIDER_VERSION = "10.2.0"


def _address(subject: Subject) -> Outputs:
    return {**linked(subject), "address": f"198.51.100.{int(subject.token(2), 16)}"}


def _cluster(subject: Subject) -> Outputs:
    access = subject.inputs.get("controlPlaneEndpointsConfig") or {}
    identity = subject.token(40, "endpoint")
    endpoint = f"gke-{identity}.{location(subject)}.gke.goog"
    return {
        "controlPlaneEndpointsConfig": {
            **access,
            "dnsEndpointConfig": {**(access.get("dnsEndpointConfig") or {}), "endpoint": endpoint},
        },
        "endpoint": f"192.0.2.{int(subject.token(2), 16)}",
        "masterAuth": {"clusterCaCertificate": "c2ltdWxhdGVk"},
        "masterVersion": subject.inputs.get("minMasterVersion", ""),
        "selfLink": f"https://container.googleapis.com/v1/{subject.id}",
    }


def _node_pool(subject: Subject) -> Outputs:
    cluster = str(subject.inputs["cluster"]).rpartition("/")[2]
    return {
        "managedInstanceGroupUrls": [
            f"projects/{project(subject)}/zones/{zone}/instanceGroupManagers/gke-{cluster}-{subject.name}-grp"
            for zone in subject.inputs.get("nodeLocations") or []
        ],
        "version": subject.inputs.get("version", ""),
    }


def _node_pool_id(subject: Subject) -> str:
    cluster = str(subject.inputs["cluster"]).rpartition("/")[2]
    return (
        f"projects/{project(subject)}/locations/{location(subject)}/clusters/{cluster}/nodePools/"
        f"{subject.inputs.get('name', subject.name)}"
    )


def _service_account(subject: Subject) -> Outputs:
    mail = f"{subject.inputs['accountId']}@{project(subject)}.iam.gserviceaccount.com"
    return {
        "email": mail,
        "member": f"serviceAccount:{mail}",
        "name": subject.id,
        "uniqueId": str(int(subject.token(16), 16))[:21],
    }


def _service_account_id(subject: Subject) -> str:
    mail = f"{subject.inputs['accountId']}@{project(subject)}.iam.gserviceaccount.com"
    return f"projects/{project(subject)}/serviceAccounts/{mail}"


# Resource Manager, "Service agents": who a Google service is inside a project.
_AGENTS = {"container.googleapis.com": "container-engine-robot"}


def _service_identity(subject: Subject) -> Outputs:
    agent = _AGENTS.get(str(subject.inputs["service"]), "gcp-sa-" + str(subject.inputs["service"]).split(".")[0])
    mail = f"service-{number(subject)}@{agent}.iam.gserviceaccount.com"
    return {"email": mail, "member": f"serviceAccount:{mail}"}


_NETWORK = (
    row(
        "compute/network:Network",
        in_project("global/networks"),
        linked,
        replaces="autoCreateSubnetworks description internalIpv6Range name networkProfile params project",
        unique="name",
        seconds=(12, 12, 22),
    ),
    row(
        "compute/subnetwork:Subnetwork",
        regional("subnetworks"),
        linked,
        required="network",
        replaces="description externalIpv6Prefix internalIpv6Prefix name network params project region "
        "reservedInternalRange resolveSubnetMask",
        unique="name",
        seconds=(15, 15, 22),
    ),
    row(
        "compute/router:Router",
        regional("routers"),
        linked,
        replaces="encryptedInterconnectRouter name network nccGateway params project region",
        unique="name",
        seconds=(12, 12, 12),
    ),
    row(
        "compute/routerNat:RouterNat",
        lambda s: f"{project(s)}/{location(s)}/{s.inputs['router']}/{s.inputs.get('name', s.name)}",
        required="router sourceSubnetworkIpRangesToNat",
        replaces="endpointTypes initialNatIps name project region router type",
        unique="name",
        seconds=(12, 12, 12),
    ),
    row(
        "compute/address:Address",
        regional("addresses"),
        _address,
        replaces="address addressType description ipCollection ipVersion ipv6EndpointType name network networkTier "
        "prefixLength project purpose region subnetwork",
        unique="name",
        seconds=(12, 5, 12),
    ),
    row(
        "compute/firewall:Firewall",
        in_project("global/firewalls"),
        linked,
        required="network",
        replaces="direction name params project",
        unique="name",
        seconds=(12, 12, 12),
    ),
    row(
        "logging/projectBucketConfig:ProjectBucketConfig",
        regional("buckets", word="locations", name="bucketId"),
        lambda s: {"lifecycleState": "ACTIVE", "name": s.id},
        required="bucketId location project",
        replaces="bucketId location project",
        unique="bucketId",
        # A deleted one waits seven days; the provider finds it (`resourceLoggingProjectBucketConfigAcquireOrCreate`),
        # wants to change it, and is refused (`UpdateBucket`: FAILED_PRECONDITION). Nobody waits that long.
        name_kept_seconds=FOR_EVER,
        seconds=(5, 3, 3),
    ),
    row(
        "logging/projectSink:ProjectSink",
        in_project("sinks"),
        lambda s: {"writerIdentity": f"serviceAccount:service-{number(s)}@gcp-sa-logging.iam.gserviceaccount.com"},
        required="destination",
        replaces="name project",
        unique="name",
    ),
    row(
        "logging/projectExclusion:ProjectExclusion",
        in_project("exclusions"),
        required="filter",
        replaces="name project",
        unique="name",
    ),
)

_IDENTITY = (
    row(
        "serviceaccount/account:Account",
        _service_account_id,
        _service_account,
        replaces="accountId project",
        unique="accountId",
        seconds=(12, 2, 1),
    ),
    row(
        "projects/serviceIdentity:ServiceIdentity",
        lambda s: f"projects/{project(s)}/services/{s.inputs['service']}",
        _service_identity,
        required="service",
        replaces="project service",
        seconds=(5, 1, 1),
    ),
    granted("projects/iAMMember:IAMMember", "project"),
    row(
        "projects/iAMCustomRole:IAMCustomRole",
        in_project("roles", "roleId"),
        lambda s: {"deleted": False, "name": s.id},
        required="permissions title",
        replaces="project roleId",
        # A deleted role waits seven days, in which the provider takes it up again; for 30 more nobody gets its id (IAM
        # documentation, "Delete a custom role").
        unique="roleId",
        name_kept_seconds=FOR_EVER,
    ),
    # Key rings and keys are never deleted (Cloud KMS documentation, "Key rings": no API does it).
    row(
        "kms/keyRing:KeyRing",
        regional("keyRings", word="locations"),
        required="location",
        replaces="location name project",
        unique="name",
        name_kept_seconds=FOR_EVER,
        adoption="set recovery.adopt to the id of the key in it, and both are taken over",
    ),
    row(
        "kms/cryptoKey:CryptoKey",
        lambda s: f"{s.inputs['keyRing']}/cryptoKeys/{s.inputs.get('name', s.name)}",
        lambda s: {"primaries": [{"name": f"{s.id}/cryptoKeyVersions/1", "state": "ENABLED"}]},
        required="keyRing",
        replaces="cryptoKeyBackend destroyScheduledDuration importOnly keyRing name purpose",
        adoption="set recovery.adopt to its id, and it is taken over",
    ),
    granted("kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "cryptoKeyId"),
)

_CLUSTER = (
    row(
        "container/cluster:Cluster",
        regional("clusters", word="locations"),
        _cluster,
        replaces="clusterIpv4Cidr confidentialNodes dataplaneOptimizationMode datapathProvider defaultMaxPodsPerNode "
        "description enableAutopilot enableKubernetesAlpha enableTpu initialNodeCount ipAllocationPolicy location "
        "masterAuth.clientCertificateConfig name network networkingMode nodePools "
        "privateClusterConfig.masterIpv4CidrBlock privateClusterConfig.privateEndpointSubnetwork project subnetwork",
        unique="name",
        seconds=(480, 240, 240),
    ),
    row(
        "container/nodePool:NodePool",
        _node_pool_id,
        _node_pool,
        required="cluster",
        replaces="cluster initialNodeCount location maxPodsPerNode name namePrefix networkConfig.createPodRange "
        "networkConfig.podIpv4CidrBlock networkConfig.podRange networkConfig.subnetwork "
        "nodeConfig.bootDiskKmsKey nodeConfig.enableConfidentialStorage nodeConfig.guestAccelerators "
        "nodeConfig.hostMaintenancePolicy nodeConfig.localSsdCount nodeConfig.metadata nodeConfig.minCpuPlatform "
        "nodeConfig.nodeGroup nodeConfig.oauthScopes nodeConfig.preemptible nodeConfig.reservationAffinity "
        "nodeConfig.sandboxConfig nodeConfig.secondaryBootDisks nodeConfig.serviceAccount "
        "nodeConfig.shieldedInstanceConfig nodeConfig.soleTenantConfig nodeConfig.spot placementPolicy project "
        "queuedProvisioning",
        seconds=(90, 120, 150),
    ),
)

_ELSEWHERE = (*records_data.KINDS, *records_edge.KINDS)
KINDS: tuple[Kind, ...] = (*_NETWORK, *_IDENTITY, *_CLUSTER, *_ELSEWHERE)


STORAGE_AGENT = "gcp:storage/getProjectServiceAccount:getProjectServiceAccount"


def answer(token: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    """Return what Google Cloud answers when it is asked; `None` for a question that the simulated one does not know.

    Asked who it is, Cloud Storage makes its agent of the project be there.
    """
    if token != STORAGE_AGENT:
        return None
    mail = f"service-{number_of(inputs['project'])}@gs-project-accounts.iam.gserviceaccount.com"
    return {"emailAddress": mail, "id": mail, "member": f"serviceAccount:{mail}", "project": inputs["project"]}
