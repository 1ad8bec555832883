"""How long writes to a shard of a Redis Cluster stand still after its primary died; pure arithmetic.

Source: `cluster_legacy.c` of Valkey and `cluster.c` of Redis 7.0, the same in both: when a node is pinged, when it
counts as failing, and when a replica asks for votes.
"""

from __future__ import annotations

from components.base.errors import Q2OError, SettingsError, refused

SHORTEST_NODE_TIMEOUT_MILLISECONDS = 1000
"""Below this, a fork of a few GiB or a busy machine looks like a dead node."""

# A node that answered just before it died is pinged again after half a timeout, and the timeout runs from that ping.
_UNANSWERED_SHARE = 1.5
# Each node pings one other at random every second and tells it who is failing; with three primaries that is how long a
# majority takes to agree at most.
_AGREEMENT_SECONDS = 1.0
# A replica waits this long before it asks for votes, so that the news is everywhere, and up to as long again at random.
_ELECTION_DELAY_SECONDS = 0.5
_ELECTION_JITTER_SECONDS = 0.5
# A replica gives way to each other one that has more of the data.
_RANK_SECONDS = 1.0


def failover_seconds(node_timeout_milliseconds: int, *, rank: int = 0) -> float:
    """Return the longest time from a primary's death until the replica of `rank` takes its writes.

    With one replica in a shard there is no other, and its rank is 0.
    """
    return (
        _UNANSWERED_SHARE * node_timeout_milliseconds / 1000
        + _AGREEMENT_SECONDS
        + _ELECTION_DELAY_SECONDS
        + _ELECTION_JITTER_SECONDS
        + _RANK_SECONDS * rank
    )


def longest_node_timeout_milliseconds(promise_seconds: float) -> int:
    """Return the longest node timeout with which writes are back in less than `promise_seconds`."""
    left = promise_seconds - failover_seconds(0)
    whole = int(left * 1000 / _UNANSWERED_SHARE)
    return whole if failover_seconds(whole) < promise_seconds else whole - 1


def check_node_timeout(
    where: str, milliseconds: int, *, promise_seconds: int, error: type[Q2OError] = SettingsError
) -> None:
    """Refuse a node timeout that breaks the promise, or that takes the living for dead."""
    if milliseconds < SHORTEST_NODE_TIMEOUT_MILLISECONDS:
        raise error(
            refused(
                where,
                milliseconds,
                "a fork or a busy machine is silent for as long, and its shard would be taken from it",
                f"set it to {SHORTEST_NODE_TIMEOUT_MILLISECONDS} or more",
            )
        )
    longest = failover_seconds(milliseconds)
    if longest >= promise_seconds:
        raise error(
            refused(
                where,
                milliseconds,
                f"writes are promised back in less than {promise_seconds} s, and with it they take up to "
                f"{_UNANSWERED_SHARE} x {milliseconds / 1000:g} s of silence + {_AGREEMENT_SECONDS:g} s until a "
                f"majority agrees + {_ELECTION_DELAY_SECONDS:g} s + {_ELECTION_JITTER_SECONDS:g} s until the "
                f"election = {longest:g} s",
                f"set it to {longest_node_timeout_milliseconds(promise_seconds)} or less",
            )
        )
