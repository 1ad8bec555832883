"""What the Redis drill found, as figures, as tables, and against its promises."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from rich.console import RenderableType

from components.redis.contract import PORT
from components.redis.topology import HAND_BACK_SECONDS
from drills.harness.command import Figures, Report, broken, figures, table
from drills.redis.experiments import Break, Kill, Restart, Rollout, ZoneLoss
from drills.redis.restore import Restore

GAP_MEDIAN_SECONDS = 4.5
GAP_WORST_SECONDS = 6.5
LOST_AGE_SECONDS = 1.0
"""Age from which on no acknowledged write may be lost."""
ROLLOUT_PAUSE_SECONDS = 1.0
"""Longest wait of a write while a pod is stopped in order (components/redis/README.md). Without the hand-over nothing
is lost either, because the volume keeps it; but writes wait for a failover, so only the pause tells."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that one drill found."""

    server: str
    network: str
    kills: list[Kill]
    zones: list[ZoneLoss]
    control: Kill
    restart: Restart
    rollout: Rollout
    rollout_control: Rollout
    restore: Restore | None
    """`None` in the short form."""

    @property
    def gaps(self) -> list[float]:
        """From each kill until every slot took writes again."""
        return [kill.gap_seconds for kill in self.kills]

    @property
    def hand_back_worst(self) -> float:
        """The longest hand-back of a killed primary's shard."""
        return max(kill.hand_back_seconds or 0.0 for kill in self.kills)


def report(outcome: Outcome) -> Report:
    """Return everything that the drill prints."""
    return Report(figures=flat(outcome), views=views(outcome), missed=missed(outcome))


def told(kill: Kill) -> str:
    """Return a kill as one line of progress."""
    back = "" if kill.hand_back_seconds is None else f", handed back {kill.hand_back_seconds:.1f} s after its restart"
    return f"{kill.victim}, writes back after {kill.gap_seconds:.2f} s{back}, {kill.lost} of {kill.writes} writes lost"


def told_zone(loss: ZoneLoss) -> str:
    """Return a lost zone as one line of progress."""
    return (
        f"zone {loss.zone} lost, writes back after {loss.gap_seconds:.2f} s, settled {loss.settled_seconds:.1f} s "
        f"after its return, {loss.lost} of {loss.writes} writes lost"
    )


def flat(outcome: Outcome) -> Figures:
    """Return everything flat, units in the names."""
    kills, zones, control, restart = outcome.kills, outcome.zones, outcome.control, outcome.restart
    restored: Figures = {}
    if (restore := outcome.restore) is not None:
        restored = {
            "backup_seconds": restore.backup_seconds,
            "restore_seconds": restore.seconds,
            "restore_keys_before": restore.keys_before,
            "restore_keys_after": restore.keys_after,
        }
    return figures(
        gaps=outcome.gaps,
        lost=sum(kill.lost for kill in kills),
        control_lost=control.lost,
        gaps_seconds=outcome.gaps,
        oldest_lost_seconds=_oldest(kills),
        control_oldest_lost_seconds=control.oldest_lost_seconds,
        writes=sum(kill.writes for kill in kills),
        other_shards_gap_worst_seconds=max(kill.others_gap_seconds for kill in kills),
        hand_back_worst_seconds=outcome.hand_back_worst,
        hand_back_pause_worst_seconds=max(kill.hand_back_pause_seconds for kill in kills),
        zones_lost=len(zones),
        zone_gap_worst_seconds=max(loss.gap_seconds for loss in zones),
        zone_gaps_seconds=[loss.gap_seconds for loss in zones],
        zone_settled_worst_seconds=max(loss.settled_seconds for loss in zones),
        zone_writes=sum(loss.writes for loss in zones),
        zone_writes_lost=sum(loss.lost for loss in zones),
        zone_oldest_lost_seconds=_oldest(zones),
        restart_seconds=restart.seconds,
        restart_settled_seconds=restart.settled_seconds,
        restart_keys_before=restart.keys_before,
        restart_keys_after=restart.keys_after,
        rollout_pods=outcome.rollout.pods,
        rollout_seconds=outcome.rollout.seconds,
        rollout_pause_worst_seconds=outcome.rollout.pause_seconds,
        rollout_writes=outcome.rollout.writes,
        rollout_lost=outcome.rollout.lost,
        rollout_control_pause_worst_seconds=outcome.rollout_control.pause_seconds,
        rollout_control_lost=outcome.rollout_control.lost,
        **restored,
        server=outcome.server,
    )


def missed(outcome: Outcome) -> list[str]:
    """Return every promise that was not kept, each as a sentence.

    A lost zone has the promises of one killed primary. The control without pre-stop must show that a missing hand-over
    would be seen.
    """
    middle, worst, back = median(outcome.gaps), max(outcome.gaps), outcome.hand_back_worst
    zone_gap = max(loss.gap_seconds for loss in outcome.zones)
    settled = max(loss.settled_seconds for loss in outcome.zones)
    paused, unprepared = outcome.rollout.pause_seconds, outcome.rollout_control.pause_seconds
    restart, restore = outcome.restart, outcome.restore
    promises = {
        f"median gap {middle:.2f} s, promised less than {GAP_MEDIAN_SECONDS} s": middle < GAP_MEDIAN_SECONDS,
        f"worst gap {worst:.2f} s, promised less than {GAP_WORST_SECONDS} s": worst < GAP_WORST_SECONDS,
        **_young(outcome.kills, "the kill"),
        f"hand-back after {back:.1f} s, promised {HAND_BACK_SECONDS:.0f} s": back <= HAND_BACK_SECONDS,
        "the control lost nothing, so this drill would not see a loss": outcome.control.lost > 0,
        f"{restart.keys_after} of {restart.keys_before} keys came back on other addresses": (
            restart.keys_after == restart.keys_before
        ),
        f"the rollout lost {outcome.rollout.lost} writes": outcome.rollout.lost == 0,
        f"gap {zone_gap:.2f} s after the loss of a zone, promised less than {GAP_WORST_SECONDS} s": (
            zone_gap < GAP_WORST_SECONDS
        ),
        **_young(outcome.zones, "the loss of a zone"),
        f"settled {settled:.1f} s after the return of a zone, promised {HAND_BACK_SECONDS:.0f} s": (
            settled <= HAND_BACK_SECONDS
        ),
        f"the rollout held a write up for {paused:.2f} s, promised less than {ROLLOUT_PAUSE_SECONDS:g} s": (
            paused < ROLLOUT_PAUSE_SECONDS
        ),
        f"the control without pre-stop held a write up for only {unprepared:.2f} s, so this drill would not see a "
        "missing hand-over": unprepared > max(paused, ROLLOUT_PAUSE_SECONDS),
    }
    if restore is not None:
        restored = restore.keys_after == restore.keys_before
        promises[f"{restore.keys_after} of {restore.keys_before} keys were restored"] = restored
    return broken(promises)


def _young(breaks: list[Kill] | list[ZoneLoss], what: str) -> dict[str, bool]:
    oldest = _oldest(breaks)
    sentence = f"a write acknowledged {oldest:.2f} s before {what} is lost, promised at most {LOST_AGE_SECONDS} s"
    return {sentence: oldest <= LOST_AGE_SECONDS}


def _oldest(breaks: list[Kill] | list[ZoneLoss]) -> float:
    return max(row.oldest_lost_seconds for row in breaks)


def views(outcome: Outcome) -> list[RenderableType]:
    """Return the tables for a reader."""
    names = [*map(str, range(1, len(outcome.kills) + 1)), "control"]
    kills = table(
        *("kill", "victim", "gap s", "others s", "hand-back s", "pause at it s", *_COUNTED),
        rows=[
            [
                name,
                kill.victim,
                kill.gap_seconds,
                kill.others_gap_seconds,
                kill.hand_back_seconds,
                kill.hand_back_pause_seconds,
                *_counted(kill),
            ]
            for name, kill in zip(names, [*outcome.kills, outcome.control], strict=True)
        ],
    )
    zones = table(
        *("zone lost", "pods", "gap s", "settled after return s", *_COUNTED),
        rows=[
            [loss.zone, ", ".join(loss.pods), loss.gap_seconds, loss.settled_seconds, *_counted(loss)]
            for loss in outcome.zones
        ],
    )
    both = {"through pre-stop": outcome.rollout, "control, no pre-stop": outcome.rollout_control}
    rollouts = table(
        *("rollout", "pods", "seconds", "longest pause s", "writes", "lost"),
        rows=[[name, row.pods, row.seconds, row.pause_seconds, row.writes, row.lost] for name, row in both.items()],
    )
    gaps, restart = outcome.gaps, outcome.restart
    back = f"{restart.settled_seconds:.1f} s, {restart.keys_after} of {restart.keys_before} keys there"
    found = [
        "gap: from the kill until every slot of the cluster takes writes; others: the same for the other two shards",
        f"gap: median {median(gaps):.2f} s, worst {max(gaps):.2f} s over {len(gaps)} kills",
        f"all six killed and started on other addresses: writes after {restart.seconds:.1f} s, settled after {back}",
    ]
    if (restore := outcome.restore) is not None:
        found.append(
            f"restore: backup {restore.backup_seconds:.1f} s, restored after {restore.seconds:.1f} s, "
            f"{restore.keys_after} of {restore.keys_before} keys there"
        )
    differences = [
        "differs from the generated configuration, which is otherwise run as it is:",
        f"  address: {outcome.network}x.y in place of a pod's, found by a table in place of the cluster's DNS",
        "  folder: one below a temporary folder for each volume that a pod mounts",
        f"  port: none ({PORT} as in the cluster)",
        f"runs on: {outcome.server} of this machine in place of the image, all on loopback",
    ]
    return [kills, "", zones, "", rollouts, "", *found, "", *differences]


_COUNTED = ("writes", "lost", "oldest lost s")


def _counted(row: Break) -> list[object]:
    return [row.writes, row.lost, row.oldest_lost_seconds]
