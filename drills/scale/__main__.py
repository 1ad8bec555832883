"""From 3 nodes to 100 and back by the real Karpenter, with our machines and prices, and with its project's own.

Real: Karpenter, API server, scheduler, controllers, the plan's elastic pool. Simulated: the nodes (KWOK), which
register at once, and what runs on them. Each pod of the load nearly fills the preferred machine and wants a node to
itself, in zones evenly; so the pods are as many as the nodes, and neither side can answer with a few large machines.

Then spot is taken away: the nodes are reclaimed as an interruption does it, Karpenter starts again without an offer of
spot, and once more with one; counted is what the on-demand machines cost until spot is back.
"""

from __future__ import annotations

from clouds.price_book import price_book
from components.base.vocabulary import Cloud
from drills.harness.cluster import control_plane
from drills.harness.command import STACK, Progress, Report, command
from drills.harness.processes import Stage
from drills.scale import karpenter, types
from drills.scale.cluster import Ground, bare_pool, furnish, ground_of, our_pool
from drills.scale.report import Outcome, Rise, report
from drills.scale.scene import Scene, withdraw, without_karpenter
from q2o_infra.cost.machine_prices import book_prices

RUNS = 3
SHORT_NODES = 12
_NODE_GRACE_SECONDS = 120


def drill(ground: Ground, *, runs: int, pods: int, progress: Progress) -> Outcome:
    """Go up and down with our machines and with Karpenter's own, then take spot away."""
    binary = karpenter.locate(progress.say)
    with (
        Stage() as stage,
        control_plane(
            stage.folder / "control-plane", say=progress.say, node_grace_seconds=_NODE_GRACE_SECONDS
        ) as plane,
    ):
        furnish(plane.client, ground, say=progress.say)
        rows = _rows(ground, spot=True)
        with_spot = types.write(rows, stage.folder / "spot.json")
        without_spot = types.write(_rows(ground, spot=False), stage.folder / "on-demand.json")
        scene = Scene(stage, plane, binary, ground, progress)
        control_lost = without_karpenter(scene)
        ours: list[Rise] = []
        bare: list[Rise] = []
        sides = (
            ("our machines", our_pool(ground), with_spot, ours),
            ("Karpenter's own machines", bare_pool(ground), None, bare),
        )
        for number in range(1, runs + 1):
            # In turns, so that a machine that grows slower or faster favours neither.
            for what, pool, offered, rises in sides[:: 1 if number % 2 else -1]:
                progress.say(f"run {number} of {runs}: {what}")
                with scene.running(pool, offered):
                    rises.append(scene.rise(pods))
                    scene.forget(pool)
        prices = types.price_table(rows)
        withdrawal = withdraw(scene, with_spot, without_spot, prices, nodes=min(ground.budgeted, pods))
    return Outcome(
        pods=pods,
        system_nodes=len(ground.standing),
        ours=tuple(ours),
        bare=tuple(bare),
        prices=prices,
        withdrawal=withdrawal,
        control_lost=control_lost,
    )


def _rows(ground: Ground, *, spot: bool) -> types.Rows:
    prices = book_prices(price_book(Cloud.AWS))
    return types.instance_types(ground.machines, zones=ground.zones, location=ground.location, prices=prices, spot=spot)


@command
@STACK
def main(stack: str, *, short: bool, progress: Progress) -> Report:
    """Scale STACK up to its limit and back. Exit code 1: a promise was not kept; 2: something is missing here."""
    ground = ground_of(stack)
    pods = SHORT_NODES if short else ground.most
    return report(drill(ground, runs=1 if short else RUNS, pods=pods, progress=progress), short=short)


if __name__ == "__main__":
    main()
