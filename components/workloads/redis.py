"""How pods reach Redis: variables from one Secret, and the authority that they verify the nodes by."""

from __future__ import annotations

from collections.abc import Callable

from pulumi import Output, Resource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import (
    EnvFromSourceArgs,
    KeyToPathArgs,
    Secret,
    SecretEnvSourceArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.workloads.contract import RedisAccess

_ACCESS = "redis"
_AUTHORITY = "redis-authority"
_AUTHORITY_FOLDER = "/etc/q2o/redis"
_LIFETIME_HOURS = 90 * 24


def create_access(
    name: str,
    access: RedisAccess,
    *,
    inside: ResourceOptions,
    metadata: Callable[[str], ObjectMetaArgs],
    parent: Resource,
) -> list[Resource]:
    """Make a namespace's Secret and certificate; of the certificate only its authority is used."""
    secret = Secret(
        f"{name}-redis",
        metadata=metadata(_ACCESS),
        string_data={
            "Q2O_REDIS_AUTHORITY_FILE": f"{_AUTHORITY_FOLDER}/ca.crt",
            "Q2O_REDIS_HOST": access.host,
            "Q2O_REDIS_PASSWORD": access.password,
            "Q2O_REDIS_PORT": Output.from_input(access.port).apply(str),
            "Q2O_REDIS_USER": access.user,
        },
        type="Opaque",
        opts=inside,
    )
    authority = CustomResource(
        f"{name}-redis-authority",
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata=metadata(_AUTHORITY),
        spec={
            "commonName": "redis-client",
            "duration": f"{_LIFETIME_HOURS}h",
            "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": access.issuer},
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            "secretName": _AUTHORITY,
            "usages": ["digital signature", "client auth"],
        },
        opts=ResourceOptions(parent=parent, depends_on=[access.certificates]),
    )
    return [secret, authority]


def variables() -> EnvFromSourceArgs:
    """Return where a container has its variables from."""
    return EnvFromSourceArgs(secret_ref=SecretEnvSourceArgs(name=_ACCESS))


def authority_volume() -> VolumeArgs:
    """Return the volume of the authority's certificate, without the key beside it."""
    return VolumeArgs(
        name=_AUTHORITY,
        secret=SecretVolumeSourceArgs(secret_name=_AUTHORITY, items=[KeyToPathArgs(key="ca.crt", path="ca.crt")]),
    )


def authority_mount() -> VolumeMountArgs:
    """Return the mount of that volume."""
    return VolumeMountArgs(name=_AUTHORITY, mount_path=_AUTHORITY_FOLDER, read_only=True)
