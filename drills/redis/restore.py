"""Back up, lose everything, restore: what docs/how-to/restore-redis.md has people do."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass

from components.base.errors import DrillError
from components.redis.contract import PORT
from components.redis.topology import Role, render_nodes
from drills.redis.load import Load
from drills.redis.pods import Pods

_SETTLED_SECONDS = 90.0


@dataclass(frozen=True, kw_only=True)
class Restore:
    """One restore of all shards."""

    backup_seconds: float
    seconds: float
    """From the first restored volume until every node has its role; a person's time to decide is not in it."""
    keys_before: int
    keys_after: int


async def back_up_and_restore(pods: Pods, load: Load) -> Restore:
    """Take a backup of each shard, delete every volume, restore; the writers have ended before."""
    everything = [0] * len(load.groups)
    before = load.acknowledged - load.lost_so_far
    folder = pods.folder / "backup"
    folder.mkdir()
    started = time.monotonic()
    by_node = {pod.node: pod for pod in pods.pods}
    # By address: the script has its client ask the cluster's DNS, which is not here.
    nodes = render_nodes(tuple(by_node), host=lambda node: by_node[node].address, port=lambda _: PORT)
    if await pods.pods[0].back_up(folder, nodes) != 0:
        raise DrillError(f"the backup failed; its output is in {folder}.")
    backed_up = time.monotonic() - started
    await pods.crash()
    for pod in pods.pods:
        shutil.rmtree(pod.folder / "data")
        (pod.folder / "data").mkdir()
    started = time.monotonic()
    pods.move(pods.pods)
    for pod in pods.pods:
        file = [str(folder / f"shard-{pod.node.shard}.rdb")] if pod.node.role is Role.PRIMARY else []
        if await pod.run_script("restore", *file) != 0:
            raise DrillError(f"{pod.name}: the restore script refused; its output is in {pod.folder}.")
    for pod in pods.pods:
        pod.start()
    await pods.settled(_SETTLED_SECONDS)
    seconds = time.monotonic() - started
    load.find_owners()
    lost = await load.lost(everything)
    return Restore(backup_seconds=backed_up, seconds=seconds, keys_before=before, keys_after=before - len(lost))
