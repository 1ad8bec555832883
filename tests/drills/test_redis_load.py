"""What the Redis drill counts as lost."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import BusyLoadingError, MovedError

from components.redis.topology import Role
from drills.redis.load import Load, Write

PRIMARY = SimpleNamespace(name="a-0", host="a-0.nodes")
REPLICA = SimpleNamespace(name="a-1", host="a-1.nodes")
WRITES = [Write(key, 0, 0.0, 0.1) for key in ("one", "two")]


class APods:
    """Two pods that take turns in owning every shard."""

    by_host = {pod.host: pod for pod in (PRIMARY, REPLICA)}  # noqa: RUF012  never changed

    def __init__(self, answers: dict[str, list[Any]]) -> None:
        self.asked: list[str] = []
        self._answers = answers

    def of(self, _: int, role: Role) -> SimpleNamespace:
        return PRIMARY if role is Role.PRIMARY else REPLICA

    def patient(self, pod: SimpleNamespace) -> SimpleNamespace:
        """A client that answers as told, by pod, and remembers who was asked."""
        self.asked.append(pod.name)

        async def execute(*, raise_on_error: bool) -> list[Any]:
            return self._answers[pod.name]

        pipeline = SimpleNamespace(exists=lambda _: None, execute=execute)
        return SimpleNamespace(pipeline=lambda **_: pipeline)


class AskedLoad(Load):
    """A load over pods that answer as told."""

    def __init__(self, answers: dict[str, list[Any]]) -> None:
        pods = APods(answers)
        super().__init__(pods)  # type: ignore[arg-type]
        self.asked = pods.asked


def lost(load: AskedLoad) -> list[str]:
    load.groups = load.groups[:1]
    load.groups[0].writes += WRITES
    return [write.key for write in asyncio.run(load.lost([0]))]


def test_what_the_owner_does_not_have_is_lost_and_is_counted_once() -> None:
    load = AskedLoad({PRIMARY.name: [1, 0]})
    assert lost(load) == ["two"]
    assert load.lost_so_far == 1


def test_a_shard_that_changed_hands_is_asked_again_where_it_is_now() -> None:
    moved = MovedError(f"14535 {REPLICA.host}:6379")
    load = AskedLoad({PRIMARY.name: [moved, moved], REPLICA.name: [1, 1]})
    assert lost(load) == []
    assert load.asked == [PRIMARY.name, REPLICA.name]


def test_another_refusal_is_no_answer() -> None:
    with pytest.raises(BusyLoadingError, match="the dataset"):
        lost(AskedLoad({PRIMARY.name: [BusyLoadingError("the dataset"), 1]}))
