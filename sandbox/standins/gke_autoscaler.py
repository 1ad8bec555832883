"""Stands in for GKE's autoscaler of nodes: adds nodes while pods find no place, removes empty ones.

It opens spot pools before on-demand ones, those of small machines first, N4A before the dearer C4A, and goes on to the
next where one is full.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from q2o_infra.plan import wire
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.standins.gke import NODE_POOL, machine_of, pool_node, pool_nodes
from sandbox.standins.node_autoscaler import NodeAutoscaler, machines_for, zones_in_turn
from sandbox.world import Entry

Manifest = dict[str, Any]


class GkeAutoscalerStandIn(NodeAutoscaler):
    """Looks after all autoscaled pools of the cluster together."""

    words = "GKE autoscaler stand-in"

    def look(self, client: Client) -> None:
        """Serve the pools as one."""
        pools = self.pools()
        if not pools:
            return
        standing = {entry.id: pool_nodes(client, entry) for entry in pools}
        mine = [row for rows in standing.values() for row in rows]
        self.reconcile(client, mine, partial(self._add, client, pools, standing))

    def pools(self) -> list[Entry]:
        """Return the autoscaled pools that stand, in the order in which they are opened."""
        found = [
            entry
            for entry in self._world.entries()
            if entry.type == NODE_POOL and entry.complete and entry.inputs.get("autoscaling")
        ]
        return sorted(found, key=_preference)

    def _add(
        self, client: Client, pools: list[Entry], standing: dict[str, list[Manifest]], waiting: list[Manifest]
    ) -> None:
        for entry in pools:
            inputs = wire.unwrap(entry.inputs)
            room = int(inputs["autoscaling"]["totalMaxNodeCount"]) - len(standing[entry.id])
            if room > 0:
                wanted = min(room, machines_for(waiting, machine_of(inputs)))
                self._add_to(client, entry, inputs["nodeLocations"], standing[entry.id], wanted)
                return

    def _add_to(self, client: Client, entry: Entry, zones: list[str], standing: list[Manifest], wanted: int) -> None:
        taken = {row["metadata"]["name"] for row in standing}
        for zone in zones_in_turn(standing, zones, wanted):
            number = 0
            while (fresh := pool_node(entry, zone, number))["metadata"]["name"] in taken:
                number += 1
            taken.add(fresh["metadata"]["name"])
            nodes.create_nodes(client, [fresh])


def _preference(entry: Entry) -> tuple[bool, int, int, bool]:
    inputs = wire.unwrap(entry.inputs)
    machine = machine_of(inputs)
    return not inputs["nodeConfig"].get("spot"), machine.vcpus, machine.memory_gib, not machine.name.startswith("n4a-")
