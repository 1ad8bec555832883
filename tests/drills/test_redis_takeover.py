"""A zone is lost while it holds two primaries: what docs/how-to/redis-failover.md has a person do, really done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.exceptions import ResponseError

from drills.harness.processes import Stage
from drills.harness.waiting import wait_until
from drills.redis.pods import Pod, Pods
from q2o_infra.settings import RedisSettings
from q2o_infra.stack_files import ROOT
from tests.drills.conditions import require_redis

PAGE = ROOT / "docs" / "how-to" / "redis-failover.md"


async def asked(pods: Pods, pod: Pod, *command: str) -> Any:
    """The answer of a pod to its keeper's user; a refusal is an answer."""
    try:
        return await pods.keeper(pod).execute_command(" ".join(command[:2]), *command[2:])
    except ResponseError as refusal:
        return refusal


async def flags(pods: Pods, viewer: Pod) -> dict[str, str]:
    """What `CLUSTER NODES` of one pod calls each, by the pod's name."""
    rows = (await asked(pods, viewer, "CLUSTER", "NODES")).values()
    return {row["hostname"].partition(".")[0]: row["flags"].removeprefix("myself,") for row in rows}


async def called(pods: Pods, viewer: Pod, name: str, flag: str) -> None:
    async def so() -> bool:
        return (await flags(pods, viewer)).get(name) == flag

    await wait_until(so, what=f"{name} is called {flag}", within_seconds=120, poll_seconds=0.1)


async def take_over() -> tuple[dict[str, str], dict[str, str], Any]:
    """Return what is seen before and after the one command, and the answer to a second one."""
    with Stage() as stage:
        async with Pods(stage, RedisSettings()) as pods:
            return await taken_over(pods)


async def taken_over(pods: Pods) -> tuple[dict[str, str], dict[str, str], Any]:
    by_name = {pod.name: pod for pod in pods.pods}
    first, second, viewer = by_name["redis-a-0"], by_name["redis-c-1"], by_name["redis-c-0"]
    zone = [by_name["redis-b-0"], by_name["redis-b-1"]]

    async def in_sync() -> bool:
        return bool((await pods.keeper(first).info("replication"))["master_link_status"] == "up")

    pods.start()
    await pods.settled(60)
    # A node knows its own role before the others have heard of it.
    await called(pods, viewer, "redis-b-1", "slave")
    # Its shard goes to zone b, which leads one already, and which is lost before the shard is handed back.
    await first.crash()
    await called(pods, viewer, "redis-b-1", "master")
    first.start_server()
    await called(pods, viewer, first.name, "slave")
    await wait_until(in_sync, what="the former primary has its shard's data", within_seconds=60, poll_seconds=0.1)
    await pods.crash(zone)
    for lost in zone:
        await called(pods, viewer, lost.name, "master,fail?")
    # Longer than the node timeout: a replica that could take over by itself would have done it.
    await asyncio.sleep(8)
    before = await flags(pods, viewer)
    assert await asked(pods, first, "CLUSTER", "FAILOVER", "TAKEOVER") in {"OK", b"OK", True}
    await called(pods, viewer, second.name, "master")
    for lost in zone:
        await called(pods, viewer, lost.name, "master,fail")
    return before, await flags(pods, viewer), await asked(pods, second, "CLUSTER", "FAILOVER", "TAKEOVER")


@pytest.fixture(scope="module")
def seen() -> tuple[dict[str, str], dict[str, str], Any]:
    require_redis()
    return asyncio.run(take_over())


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
    assert isinstance(answer, ResponseError)
    assert f"`ERR {answer}`" in PAGE.read_text(encoding="utf-8")
