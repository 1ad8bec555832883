"""A zone is lost while it holds two primaries: what docs/how-to/redis-failover.md has a person do, really done."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from components.redis.contract import PORT
from drills.kubelet import wait_until
from drills.redis_pods import Pod, Pods
from drills.resp import Connection, Refusal
from q2o_infra.settings import RedisSettings
from q2o_infra.stack_files import ROOT
from tests.drills.conditions import require_redis

PAGE = ROOT / "docs" / "how-to" / "redis-failover.md"


async def asked(pods: Pods, pod: Pod, *command: str) -> Any:
    """The answer of a pod to its keeper's user; a refusal is an answer."""
    connection = await Connection.open(pod.address, PORT, name=pod.host, access=pods.keeper)
    try:
        return (await connection.ask_all([command]))[0]
    finally:
        connection.close()


async def flags(pods: Pods, viewer: Pod) -> dict[str, str]:
    """What `CLUSTER NODES` of one pod calls each, by the pod's name."""
    rows = [line.split() for line in (await asked(pods, viewer, "CLUSTER", "NODES")).decode().splitlines()]
    return {row[1].rpartition(",")[2].partition(".")[0]: row[2].removeprefix("myself,") for row in rows}


async def called(pods: Pods, viewer: Pod, name: str, flag: str) -> None:
    async def so() -> bool:
        return (await flags(pods, viewer)).get(name) == flag

    await wait_until(so, what=f"{name} is called {flag}", within_seconds=120)


async def take_over(folder: Path) -> tuple[dict[str, str], dict[str, str], Any]:
    """Return what is seen before and after the one command, and the answer to a second one."""
    pods = Pods(folder, RedisSettings())
    by_name = {pod.name: pod for pod in pods.pods}
    first, second, viewer = by_name["redis-a-0"], by_name["redis-c-1"], by_name["redis-c-0"]
    try:
        await pods.start_all()
        await pods.settled(60)
        # A node knows its own role before the others have heard of it.
        await called(pods, viewer, "redis-b-1", "slave")
        # Its shard goes to zone b, which leads one already, and which is lost before the shard is handed back.
        await first.crash()
        await called(pods, viewer, "redis-b-1", "master")
        await first.start_server()
        await called(pods, viewer, first.name, "slave")
        await asyncio.sleep(2)
        await asyncio.gather(by_name["redis-b-0"].crash_whole(), by_name["redis-b-1"].crash_whole())
        for lost in ("redis-b-0", "redis-b-1"):
            await called(pods, viewer, lost, "master,fail?")
        await asyncio.sleep(8)
        before = await flags(pods, viewer)
        assert await asked(pods, first, "CLUSTER", "FAILOVER", "TAKEOVER") == b"OK"
        await called(pods, viewer, second.name, "master")
        for lost in ("redis-b-0", "redis-b-1"):
            await called(pods, viewer, lost, "master,fail")
        return before, await flags(pods, viewer), await asked(pods, second, "CLUSTER", "FAILOVER", "TAKEOVER")
    finally:
        await pods.end()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str], Any]:
    require_redis()
    return asyncio.run(take_over(tmp_path_factory.mktemp("takeover")))


def test_without_a_majority_two_primaries_are_shown_as_the_page_says(seen: Any) -> None:
    before, _, _ = seen
    assert (before["redis-b-0"], before["redis-b-1"]) == ("master,fail?", "master,fail?")
    assert before["redis-c-1"] == "slave", "nobody takes over by itself"
    assert "| two primaries `fail?`" in PAGE.read_text(encoding="utf-8")


def test_one_takeover_brings_the_other_shard_back_too(seen: Any) -> None:
    _, after, _ = seen
    assert (after["redis-b-0"], after["redis-b-1"]) == ("master,fail", "master,fail")


def test_a_second_takeover_is_refused_with_the_words_of_the_page(seen: Any) -> None:
    _, _, answer = seen
    assert isinstance(answer, Refusal)
    assert f"`{answer}`" in PAGE.read_text(encoding="utf-8")
