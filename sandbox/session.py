"""One sandbox: its folder, its lock, its world, its cluster, and the loops of its stand-ins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.base.errors import SandboxError
from sandbox import lock
from sandbox.cluster import LocalCluster
from sandbox.control_plane.components import Settings
from sandbox.providers.accounts import CLUSTERS, Accounts, Consequence
from sandbox.standins.aks import ManagedClusterConsequence
from sandbox.standins.eks import AddonConsequence, ClusterConsequence, NodeGroupConsequence
from sandbox.standins.gke import NodePoolConsequence
from sandbox.standins.gke_autoscaler import GkeAutoscalerStandIn
from sandbox.standins.karpenter import KarpenterStandIn
from sandbox.standins.operators import OperatorStandIns
from sandbox.world import World

PORT_VARIABLE = "Q2O_SANDBOX_PORT_BASE"
_PORTS_PER_STACK = 10
_FIRST_PORT = 16440
_STACKS = ("us-east", "eu-west", "apac")


def port_base(stack: str) -> int:
    """Return the first of the ten ports of a stack's cluster.

    `Q2O_SANDBOX_PORT_BASE` moves all stacks; each has ten ports of its own behind it. Raises `SandboxError`.
    """
    given = os.environ.get(PORT_VARIABLE)
    if given is not None and not (given.isdigit() and 1024 <= int(given) <= 65000):
        raise SandboxError(
            f"{PORT_VARIABLE}: {given!r} is not allowed: a port number from 1024 to 65000; correct it or unset it."
        )
    index = next((number for number, name in enumerate(_STACKS) if stack.startswith(name)), 0)
    staging = 0 if stack in _STACKS else len(_STACKS)
    return int(given or _FIRST_PORT) + (index + staging) * _PORTS_PER_STACK


@dataclass(frozen=True, kw_only=True)
class Session:
    """Everything that an engine needs; there is one at a time per stack."""

    stack: str
    folder: Path
    world: World
    accounts: Accounts
    cluster: LocalCluster
    progress: Callable[[str], None]

    @property
    def closing_mark(self) -> Path:
        """A file that stands from the start of a takedown that closes the account until the account is closed."""
        return self.folder / "account-closing"

    @property
    def cloud(self) -> str:
        """Who runs the machines, in the vocabulary's word; "" where there is no cluster."""
        packages = (entry.type.partition(":")[0] for entry in self.world.entries() if entry.type in CLUSTERS)
        return next(packages, "").removesuffix("-native")


@contextmanager
def opened(
    stack: str,
    *,
    root: Path,
    progress: Callable[[str], None],
    time_scale: float = 0.0,
    cluster_settings: Settings | None = None,
) -> Iterator[Session]:
    """Hold the sandbox of `stack` while the block runs; its cluster is started if it should stand.

    Raises `SandboxError` when another process holds it, and what starting the cluster raises.
    """
    folder = root / stack
    with lock.held(folder / "lock", stack=stack):
        world = World(folder / "world")
        cluster = LocalCluster(folder / "control-plane", port_base(stack), progress=progress, settings=cluster_settings)
        consequences: dict[str, Consequence] = {
            "aws:eks/cluster:Cluster": ClusterConsequence(cluster),
            "aws:eks/nodeGroup:NodeGroup": NodeGroupConsequence(cluster, world),
            "aws:eks/addon:Addon": AddonConsequence(cluster),
            "gcp:container/cluster:Cluster": ClusterConsequence(cluster),
            "gcp:container/nodePool:NodePool": NodePoolConsequence(cluster),
            "azure-native:containerservice:ManagedCluster": ManagedClusterConsequence(cluster, progress=progress),
        }
        if any(entry.type in CLUSTERS for entry in world.entries()):
            cluster.start()
        loops = (
            OperatorStandIns(cluster, report=progress),
            KarpenterStandIn(cluster, world, report=progress),
            GkeAutoscalerStandIn(cluster, world, report=progress),
        )
        for loop in loops:
            loop.start()
        try:
            yield Session(
                stack=stack,
                folder=folder,
                world=world,
                accounts=Accounts(world, consequences=consequences, time_scale=time_scale),
                cluster=cluster,
                progress=progress,
            )
        finally:
            for loop in loops:
                loop.stop()
