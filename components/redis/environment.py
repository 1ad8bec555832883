"""Where a pod's containers find things: the folders, the volumes behind them, and the variables that name them."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    EnvVarSourceArgs,
    ObjectFieldSelectorArgs,
    ResourceRequirementsArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)

from components.base.pods import ContainerResources

DATA = "data"
RUN = "run"
SETTINGS = "settings"
SECRETS = "secrets"
TLS = "tls"

FOLDERS: Mapping[str, str] = {
    DATA: "/data",
    RUN: "/run/redis",
    SETTINGS: "/etc/redis/settings",
    SECRETS: "/etc/redis/secrets",
    TLS: "/etc/redis/tls",
}
"""Where each volume is mounted."""

_RUN_MIB = 8
# Readable by the group that owns the volume (`fsGroup`), which only these containers are in.
_SECRET_MODE = 0o440
_SCRIPT_MODE = 0o555


def script_path(name: str) -> str:
    """Return where a script lies in a container."""
    return f"{FOLDERS[SETTINGS]}/{name}"


def folder_variables() -> list[EnvVarArgs]:
    """Return the variables that tell a script where things are."""
    return [EnvVarArgs(name=f"Q2O_REDIS_{volume.upper()}", value=path) for volume, path in FOLDERS.items()]


def place_variables() -> list[EnvVarArgs]:
    """Return who a node is and which address it has now."""
    return [
        _from_field("Q2O_REDIS_ADDRESS", "status.podIP"),
        _from_field("Q2O_REDIS_NAME", "metadata.name"),
    ]


def volumes(*, settings: Input[str], tls: str, users: Input[str]) -> list[VolumeArgs]:
    """Return all volumes but that of the data."""
    return [
        # In memory: it holds the password that replicas show their primary.
        VolumeArgs(name=RUN, empty_dir=EmptyDirVolumeSourceArgs(medium="Memory", size_limit=f"{_RUN_MIB}Mi")),
        VolumeArgs(name=SETTINGS, config_map=ConfigMapVolumeSourceArgs(name=settings, default_mode=_SCRIPT_MODE)),
        VolumeArgs(name=SECRETS, secret=SecretVolumeSourceArgs(secret_name=users, default_mode=_SECRET_MODE)),
        VolumeArgs(name=TLS, secret=SecretVolumeSourceArgs(secret_name=tls, default_mode=_SECRET_MODE)),
    ]


def mounts(*names: str) -> list[VolumeMountArgs]:
    """Return the mounts of volumes; only data and scratch are writable."""
    return [
        VolumeMountArgs(name=name, mount_path=FOLDERS[name], read_only=name not in {DATA, RUN} or None)
        for name in names
    ]


def requirements(asked: ContainerResources) -> ResourceRequirementsArgs:
    """Return what a container asks for, as the SDK wants it."""
    rendered = asked.rendered()
    return ResourceRequirementsArgs(limits=rendered["limits"], requests=rendered["requests"])


def _from_field(name: str, path: str) -> EnvVarArgs:
    return EnvVarArgs(name=name, value_from=EnvVarSourceArgs(field_ref=ObjectFieldSelectorArgs(field_path=path)))
