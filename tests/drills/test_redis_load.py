"""What the Redis drill counts as lost."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from components.redis.topology import Role
from drills.redis_load import Load, Write
from drills.resp import Refusal

PRIMARY = SimpleNamespace(name="a-0", host="a-0.nodes")
REPLICA = SimpleNamespace(name="a-1", host="a-1.nodes")
WRITES = [Write(key, 0, 0.0, 0.1) for key in ("one", "two")]


class APods:
    """Two pods that take turns in owning every shard."""

    by_host = {pod.host: pod for pod in (PRIMARY, REPLICA)}  # noqa: RUF012  never changed

    def of(self, _: int, role: Role) -> SimpleNamespace:
        return PRIMARY if role is Role.PRIMARY else REPLICA


class AskedLoad(Load):
    """Answers as told, by pod, and remembers who was asked."""

    def __init__(self, answers: dict[str, list[Any]]) -> None:
        super().__init__(APods())  # type: ignore[arg-type]
        self.asked: list[str] = []
        self._answers = answers

    async def _open(self, pod: Any) -> Any:
        self.asked.append(pod.name)

        async def ask_all(_: list[tuple[str, ...]]) -> list[Any]:
            return self._answers[pod.name]

        return SimpleNamespace(ask_all=ask_all, close=lambda: None)


def lost(load: AskedLoad) -> list[str]:
    load.groups = load.groups[:1]
    load.groups[0].writes += WRITES
    return [write.key for write in asyncio.run(load.lost([0]))]


def test_what_the_owner_does_not_have_is_lost_and_is_counted_once() -> None:
    load = AskedLoad({PRIMARY.name: [1, 0]})
    assert lost(load) == ["two"]
    assert load.lost_so_far == 1


def test_a_shard_that_changed_hands_is_asked_again_where_it_is_now() -> None:
    moved = Refusal(f"MOVED 14535 {REPLICA.host}:6379")
    load = AskedLoad({PRIMARY.name: [moved, moved], REPLICA.name: [1, 1]})
    assert lost(load) == []
    assert load.asked == [PRIMARY.name, REPLICA.name]


def test_another_refusal_is_no_answer() -> None:
    with pytest.raises(Refusal, match="LOADING"):
        lost(AskedLoad({PRIMARY.name: [Refusal("LOADING the dataset"), 1]}))
