"""What the Redis drill found, as figures, as tables, and against its promises."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from rich.console import RenderableType

from components.redis.contract import PORT
from components.redis.topology import HAND_BACK_SECONDS
from drills.redis_experiments import Kill, Restart, Rollout, ZoneLoss
from drills.redis_restore import Restore
from drills.screen import Figures, table

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


def figures(outcome: Outcome) -> Figures:
    """Return everything flat, units in the names."""
    kills, control, restart = outcome.kills, outcome.control, outcome.restart
    found: Figures = {
        "runs": len(kills),
        "gap_median_seconds": median(kill.gap_seconds for kill in kills),
        "gap_worst_seconds": max(kill.gap_seconds for kill in kills),
        "gaps_seconds": [kill.gap_seconds for kill in kills],
        "lost": sum(kill.lost for kill in kills),
        "oldest_lost_seconds": max(kill.oldest_lost_seconds for kill in kills),
        "control_lost": control.lost,
        "control_oldest_lost_seconds": control.oldest_lost_seconds,
        "writes": sum(kill.writes for kill in kills),
        "other_shards_gap_worst_seconds": max(kill.others_gap_seconds for kill in kills),
        "hand_back_worst_seconds": _hand_back_worst(outcome),
        "hand_back_pause_worst_seconds": max(kill.hand_back_pause_seconds for kill in kills),
        "zones_lost": len(outcome.zones),
        "zone_gap_worst_seconds": max(loss.gap_seconds for loss in outcome.zones),
        "zone_gaps_seconds": [loss.gap_seconds for loss in outcome.zones],
        "zone_settled_worst_seconds": max(loss.settled_seconds for loss in outcome.zones),
        "zone_writes": sum(loss.writes for loss in outcome.zones),
        "zone_writes_lost": sum(loss.lost for loss in outcome.zones),
        "zone_oldest_lost_seconds": max(loss.oldest_lost_seconds for loss in outcome.zones),
        "restart_seconds": restart.seconds,
        "restart_settled_seconds": restart.settled_seconds,
        "restart_keys_before": restart.keys_before,
        "restart_keys_after": restart.keys_after,
        "rollout_pods": outcome.rollout.pods,
        "rollout_seconds": outcome.rollout.seconds,
        "rollout_pause_worst_seconds": outcome.rollout.pause_seconds,
        "rollout_writes": outcome.rollout.writes,
        "rollout_lost": outcome.rollout.lost,
        "rollout_control_pause_worst_seconds": outcome.rollout_control.pause_seconds,
        "rollout_control_lost": outcome.rollout_control.lost,
    }
    if outcome.restore is not None:
        found |= {
            "backup_seconds": outcome.restore.backup_seconds,
            "restore_seconds": outcome.restore.seconds,
            "restore_keys_before": outcome.restore.keys_before,
            "restore_keys_after": outcome.restore.keys_after,
        }
    return found | {"server": outcome.server, "network": "loopback"}


def missed(outcome: Outcome) -> list[str]:
    """Return every promise that was not kept, each as a sentence."""
    gaps = [kill.gap_seconds for kill in outcome.kills]
    oldest = max(kill.oldest_lost_seconds for kill in outcome.kills)
    restart, restore = outcome.restart, outcome.restore
    kept = {
        f"median gap {median(gaps):.2f} s, promised less than {GAP_MEDIAN_SECONDS} s": median(gaps)
        < GAP_MEDIAN_SECONDS,
        f"worst gap {max(gaps):.2f} s, promised less than {GAP_WORST_SECONDS} s": max(gaps) < GAP_WORST_SECONDS,
        f"a write acknowledged {oldest:.2f} s before the kill is lost, promised at most {LOST_AGE_SECONDS} s": oldest
        <= LOST_AGE_SECONDS,
        f"hand-back after {_hand_back_worst(outcome):.1f} s, promised {HAND_BACK_SECONDS:.0f} s": _hand_back_worst(
            outcome
        )
        <= HAND_BACK_SECONDS,
        "the control lost nothing, so this drill would not see a loss": outcome.control.lost > 0,
        f"{restart.keys_after} of {restart.keys_before} keys came back on other addresses": restart.keys_after
        == restart.keys_before,
        f"the rollout lost {outcome.rollout.lost} writes": outcome.rollout.lost == 0,
    }
    kept |= _zones_kept(outcome.zones) | _pauses_kept(outcome.rollout, outcome.rollout_control)
    if restore is not None:
        kept[f"{restore.keys_after} of {restore.keys_before} keys were restored"] = (
            restore.keys_after == restore.keys_before
        )
    return [sentence for sentence, is_kept in kept.items() if not is_kept]


def _zones_kept(zones: list[ZoneLoss]) -> dict[str, bool]:
    """Return what is promised of a lost zone: what is promised of one killed primary."""
    gap = max(loss.gap_seconds for loss in zones)
    oldest = max(loss.oldest_lost_seconds for loss in zones)
    settled = max(loss.settled_seconds for loss in zones)
    return {
        f"gap {gap:.2f} s after the loss of a zone, promised less than {GAP_WORST_SECONDS} s": gap < GAP_WORST_SECONDS,
        f"a write acknowledged {oldest:.2f} s before the loss of a zone is lost, promised at most "
        f"{LOST_AGE_SECONDS} s": oldest <= LOST_AGE_SECONDS,
        f"settled {settled:.1f} s after the return of a zone, promised {HAND_BACK_SECONDS:.0f} s": settled
        <= HAND_BACK_SECONDS,
    }


def _pauses_kept(rollout: Rollout, control: Rollout) -> dict[str, bool]:
    """Return what is promised of the hand-over before a stop, and that the control without it shows the difference."""
    paused = rollout.pause_seconds
    return {
        f"the rollout held a write up for {paused:.2f} s, promised less than {ROLLOUT_PAUSE_SECONDS:g} s": paused
        < ROLLOUT_PAUSE_SECONDS,
        f"the control without pre-stop held a write up for only {control.pause_seconds:.2f} s, so this drill would not "
        "see a missing hand-over": control.pause_seconds > max(paused, ROLLOUT_PAUSE_SECONDS),
    }


def views(outcome: Outcome) -> list[RenderableType]:
    """Return the tables for a reader."""
    kills = table(
        "kill",
        "victim",
        "gap s",
        "others s",
        "hand-back s",
        "pause at it s",
        "writes",
        "lost",
        "oldest lost s",
        rows=[
            *(_kill_row(str(number), kill) for number, kill in enumerate(outcome.kills, start=1)),
            _kill_row("control", outcome.control),
        ],
    )
    zones = table(
        "zone lost",
        "pods",
        "gap s",
        "settled after return s",
        "writes",
        "lost",
        "oldest lost s",
        rows=[_zone_row(loss) for loss in outcome.zones],
    )
    rollouts = table(
        "rollout",
        "pods",
        "seconds",
        "longest pause s",
        "writes",
        "lost",
        rows=[
            _rollout_row("through pre-stop", outcome.rollout),
            _rollout_row("control, no pre-stop", outcome.rollout_control),
        ],
    )
    gaps = [kill.gap_seconds for kill in outcome.kills]
    found = [
        "gap: from the kill until every slot of the cluster takes writes; others: the same for the other two shards",
        f"gap: median {median(gaps):.2f} s, worst {max(gaps):.2f} s over {len(gaps)} kills",
        _restart_line(outcome.restart),
    ]
    if (restore := outcome.restore) is not None:
        found.append(
            f"restore: backup {restore.backup_seconds:.1f} s, restored after {restore.seconds:.1f} s, "
            f"{restore.keys_after} of {restore.keys_before} keys there"
        )
    return [kills, "", zones, "", rollouts, "", *found, "", *differences(outcome)]


def differences(outcome: Outcome) -> list[str]:
    """Return what is not as in a cluster."""
    return [
        "differs from the generated configuration, which is otherwise run as it is:",
        f"  address: {outcome.network}x.y in place of a pod's, found by a table in place of the cluster's DNS",
        "  folder: one below a temporary folder for each volume that a pod mounts",
        f"  port: none ({PORT} as in the cluster)",
        f"runs on: {outcome.server} of this machine in place of the image, all on loopback",
    ]


def _hand_back_worst(outcome: Outcome) -> float:
    return max(kill.hand_back_seconds or 0.0 for kill in outcome.kills)


def _restart_line(restart: Restart) -> str:
    return (
        f"all six killed and started on other addresses: writes after {restart.seconds:.1f} s, "
        f"settled after {restart.settled_seconds:.1f} s, {restart.keys_after} of {restart.keys_before} keys there"
    )


def _kill_row(name: str, kill: Kill) -> list[object]:
    back = "-" if kill.hand_back_seconds is None else kill.hand_back_seconds
    row = [name, kill.victim, kill.gap_seconds, kill.others_gap_seconds, back, kill.hand_back_pause_seconds]
    return [*row, kill.writes, kill.lost, kill.oldest_lost_seconds]


def _zone_row(loss: ZoneLoss) -> list[object]:
    row: list[object] = [loss.zone, ", ".join(loss.pods), loss.gap_seconds, loss.settled_seconds]
    return [*row, loss.writes, loss.lost, loss.oldest_lost_seconds]


def _rollout_row(name: str, rollout: Rollout) -> list[object]:
    return [name, rollout.pods, rollout.seconds, rollout.pause_seconds, rollout.writes, rollout.lost]
