"""From 3 nodes to 100 and back by the real Karpenter, with our machines and prices, beside Karpenter with its own.

Real: Karpenter, API server, scheduler, controllers, the plan's elastic pool. Simulated: the nodes (KWOK), which
register at once, and what runs on them. Each pod of the load nearly fills the preferred machine and wants a node to
itself, in zones evenly; so the pods are as many as the nodes, and neither side can answer with a few large machines.

Then spot is taken away: the nodes are reclaimed as an interruption does it, Karpenter starts again without an offer of
spot, and once more with one; counted is what the on-demand machines cost until spot is back.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from clouds.price_book import price_book
from components.base.errors import Q2OError
from components.base.vocabulary import Cloud
from drills import karpenter, scale_types
from drills.scale_cluster import Ground, bare_pool, control_plane, ground_of, our_pool
from drills.scale_report import Outcome, Rise, figures, missed, views
from drills.scale_scene import Scene, withdraw, without_karpenter
from drills.screen import Progress, finish, show
from q2o_infra.cost.machine_prices import book_prices

RUNS = 3
SHORT_NODES = 12


def drill(ground: Ground, *, runs: int, pods: int, progress: Progress) -> Outcome:
    """Go up and down with our machines and with Karpenter's own, then take spot away."""
    binary = karpenter.locate(progress.say)
    with tempfile.TemporaryDirectory(prefix="q2o-drill-") as name:
        folder = Path(name)
        rows = _rows(ground, spot=True)
        with_spot = scale_types.write(rows, folder / "spot.json")
        without_spot = scale_types.write(_rows(ground, spot=False), folder / "on-demand.json")
        with control_plane(folder / "control-plane", ground, say=progress.say) as plane:
            scene = Scene(plane.client, plane.kubeconfig, folder, binary, ground, progress)
            control_lost = without_karpenter(scene)
            ours: list[Rise] = []
            bare: list[Rise] = []
            sides = (
                ("our machines", our_pool(ground), with_spot, ours),
                ("Karpenter's own machines", bare_pool(ground), None, bare),
            )
            for number in range(1, runs + 1):
                # Turn about, so that a machine that grows slower or faster favours neither.
                for what, pool, types, rises in sides[:: 1 if number % 2 else -1]:
                    progress.say(f"run {number} of {runs}: {what}")
                    with scene.running(pool, types):
                        rises.append(scene.rise(pods))
                        scene.forget(pool)
            prices = scale_types.price_table(rows)
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


def _rows(ground: Ground, *, spot: bool) -> scale_types.Rows:
    return scale_types.instance_types(
        ground.machines,
        zones=ground.zones,
        location=ground.location,
        prices=book_prices(price_book(Cloud.AWS)),
        spot=spot,
    )


@click.command()
@click.argument("stack", default="us-east")
@click.option("--short", is_flag=True, help="What CI runs: a dozen nodes, once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def main(stack: str, *, short: bool, as_json: bool) -> None:
    """Scale STACK up to its limit and back. Exit code 1: a promise was not kept; 2: something is missing here."""
    progress = Progress()
    try:
        ground = ground_of(stack)
        pods = SHORT_NODES if short else ground.most
        outcome = drill(ground, runs=1 if short else RUNS, pods=pods, progress=progress)
    except Q2OError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(error.exit_code)
    show(figures(outcome), views(outcome), as_json=as_json)
    finish(missed(outcome, short=short))


if __name__ == "__main__":
    main()
