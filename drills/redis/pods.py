"""Six pods of Redis as processes: server and keeper of each, run by the component's own scripts and configuration."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import ssl
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from redis.asyncio import Redis

from components.base.errors import DrillError, SandboxError
from components.redis.config import AclUser, acl_file, server_config
from components.redis.contract import NODES_DOMAIN, PORT
from components.redis.scripts import SCRIPTS, SHELL, script
from components.redis.statefulset import GRACE_SECONDS, HAND_OVER_SECONDS
from components.redis.topology import Node, Role, plan_nodes, render_nodes
from drills.harness.certificates import issue, write
from drills.harness.cluster import ZONES
from drills.harness.processes import Process, Stage, free_network
from drills.harness.waiting import wait_until
from drills.redis.client import UNREACHABLE, Clients
from q2o_infra.settings import RedisSettings

_POLL_SECONDS = 0.1
_SCRIPT_SECONDS = 120.0
# A writer gives up early and asks another node; a question about the state of things may wait.
_WRITE_SECONDS, _ANSWER_SECONDS, _PATIENT_SECONDS = 1.0, 3.0, 30.0

_RESOLVE = """\
#!/bin/sh
# In place of the cluster's DNS: prints the address that the pod of host $1 has now.
exec awk -v host="$1" '$2 == host { print $1 }' "${0%/*}/hosts"
"""


def server_version() -> str:
    """Return name and version of the server that the scripts will find. Raises `SandboxError` when there is none."""
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            output = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603
            return f"{name} {output.partition('v=')[2].partition(' ')[0]}"
    raise SandboxError(
        "redis-server is not on PATH, and the drill breaks real ones: install it (Debian: `apt-get install "
        "redis-server`)."
    )


def host_of(node: Node) -> str:
    """Return the name under which clients and peers find a node."""
    return f"{node.name}.{NODES_DOMAIN}"


class Pod:
    """One pod: its volume outlives it, its address does not."""

    def __init__(self, node: Node, stage: Stage) -> None:
        self.node = node
        self.name = node.name
        self.host = host_of(node)
        self.address = ""
        self.folder = stage.folder / node.name
        self._stage = stage
        self._server: Process | None = None
        self._keeper: Process | None = None

    @property
    def server(self) -> Process:
        """Its server's process. Raises `DrillError` before the first start."""
        if self._server is None:
            raise DrillError(f"{self.name} was never started.")
        return self._server

    def start(self) -> None:
        """Start both containers of a fresh pod, with empty scratch."""
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        (self.folder / "run").mkdir(parents=True)
        (self.folder / "data").mkdir(exist_ok=True)
        self.start_server()
        self._keeper = self._begin("keeper")

    def start_server(self) -> None:
        """Start the server's container, as the kubelet does after a crash."""
        self._server = self._begin("start")

    async def crash(self) -> None:
        """Kill the server, `kill -9`; the keeper lives on, as it would in its own container."""
        await self.server.kill()

    async def crash_whole(self) -> None:
        """Kill the server and the keeper."""
        await asyncio.gather(*(process.kill() for process in (self._server, self._keeper) if process))

    async def leave(self, *, by_pre_stop: bool = True) -> None:
        """Delete the pod as the kubelet does: pre-stop hook first, then SIGTERM to all containers, within one grace."""
        started = time.monotonic()
        if by_pre_stop:
            await self.run_script("pre-stop")
        left = max(GRACE_SECONDS - (time.monotonic() - started), 2.0)
        await asyncio.gather(*(process.stop(left) for process in (self._server, self._keeper) if process))

    async def is_ready(self) -> bool:
        """Return the answer of the readiness probe."""
        return await self.run_script("probe", "ready") == 0

    async def run_script(self, name: str, *arguments: str, log: Path | None = None, **changes: str) -> int:
        """Run one of the component's scripts inside the pod, with another environment by `changes`; its exit code."""
        environment = {**self._environment(), **changes}
        log = log or self.folder / f"{name}.log"
        command = self._command(name, *arguments)
        return await self._stage.run(command, environment=environment, log=log, seconds=_SCRIPT_SECONDS)

    async def back_up(self, folder: Path, nodes: str) -> int:
        """Run the backup's script, which leaves a file for each shard in `folder`; `nodes` is its table of nodes."""
        settings = folder / "settings"
        write(settings, {"nodes": nodes.encode()})
        changes = {"Q2O_REDIS_DATA": str(folder), "Q2O_REDIS_SETTINGS": str(settings)}
        return await self.run_script("backup", log=folder / "log", **changes)

    def _begin(self, name: str) -> Process:
        log = self.folder / f"{name}.log"
        return self._stage.start(self._command(name), environment=self._environment(), log=log)

    def _command(self, name: str, *arguments: str) -> list[str]:
        return [SHELL, str(self._stage.folder / "scripts" / name), *arguments]

    def _environment(self) -> dict[str, str]:
        shared = self._stage.folder
        return {
            "PATH": os.environ["PATH"],
            "Q2O_REDIS_ADDRESS": self.address,
            "Q2O_REDIS_DATA": str(self.folder / "data"),
            "Q2O_REDIS_HAND_OVER_SECONDS": str(HAND_OVER_SECONDS),
            "Q2O_REDIS_NAME": self.name,
            "Q2O_REDIS_RESOLVE": str(shared / "resolve"),
            "Q2O_REDIS_RUN": str(self.folder / "run"),
            "Q2O_REDIS_SECRETS": str(shared / "secrets"),
            "Q2O_REDIS_SETTINGS": str(shared / "settings"),
            "Q2O_REDIS_TLS": str(shared / "tls"),
        }


class Pods:
    """All six, their addresses, and clients of the two users that a drill speaks as; `async with` ends the clients."""

    def __init__(self, stage: Stage, settings: RedisSettings, zones: Sequence[str] = ZONES) -> None:
        """Write everything that a pod mounts; nothing is started. The zones name the StatefulSets."""
        self.folder = folder = stage.folder
        self.network = free_network(PORT)
        self.pods = tuple(Pod(node, stage) for node in plan_nodes(zones))
        self.by_host = {pod.host: pod for pod in self.pods}
        self._next_address = 1
        passwords = {user: secrets.token_hex(16) for user in AclUser}
        tls = issue([pod.host for pod in self.pods])
        nodes = render_nodes([pod.node for pod in self.pods], host=host_of, port=lambda _: PORT)
        config = server_config(
            memory_mib=settings.memory_mib, node_timeout_milliseconds=settings.node_timeout_milliseconds
        )
        write(folder / "settings", {"server.conf": config.encode(), "nodes": nodes.encode()})
        users = {user.value: text.encode() for user, text in passwords.items()}
        write(folder / "secrets", {"users.acl": acl_file(passwords).encode(), **users})
        write(folder / "tls", tls)
        write(folder / "scripts", {name: script(name).encode() for name in SCRIPTS})
        (folder / "resolve").write_text(_RESOLVE)
        (folder / "resolve").chmod(0o700)
        context = ssl.create_default_context(cadata=tls["ca.crt"].decode())

        def clients(user: AclUser, answer_seconds: float) -> Clients:
            return Clients(context=context, user=user, password=passwords[user], answer_seconds=answer_seconds)

        self._clients = {
            "keeper": clients(AclUser.KEEPER, _ANSWER_SECONDS),
            "patient": clients(AclUser.APPLICATION, _PATIENT_SECONDS),
            "writer": clients(AclUser.APPLICATION, _WRITE_SECONDS),
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for clients in self._clients.values():
            await clients.close()

    def keeper(self, pod: Pod) -> Redis:
        """Return a client with the rights of a keeper."""
        return self._clients["keeper"].at(pod.address, pod.host)

    def patient(self, pod: Pod) -> Redis:
        """Return an application's client that waits long for an answer."""
        return self._clients["patient"].at(pod.address, pod.host)

    def writer(self, pod: Pod) -> Redis:
        """Return an application's client that gives up after a second."""
        return self._clients["writer"].at(pod.address, pod.host)

    def of(self, shard: int, role: Role) -> Pod:
        """Return the pod that has this role in steady state."""
        return next(pod for pod in self.pods if pod.node.shard == shard and pod.node.role is role)

    def move(self, pods: Sequence[Pod]) -> None:
        """Give `pods` addresses that no pod had before, as a new pod gets."""
        for pod in pods:
            high, low = divmod(self._next_address, 250)
            pod.address = f"{self.network}{high}.{low + 1}"
            self._next_address += 1
        written = self.folder / "hosts.new"
        written.write_text("".join(f"{pod.address} {pod.host}\n" for pod in self.pods if pod.address))
        written.replace(self.folder / "hosts")

    def start(self, pods: Sequence[Pod] | None = None) -> None:
        """Start fresh pods on new addresses; all six where none is named."""
        started = self.pods if pods is None else pods
        self.move(started)
        for pod in started:
            pod.start()

    async def crash(self, pods: Sequence[Pod] | None = None) -> None:
        """Kill servers and keepers at once; of all six where none is named."""
        await asyncio.gather(*(pod.crash_whole() for pod in (self.pods if pods is None else pods)))

    async def settled(self, within_seconds: float) -> float:
        """Wait until each node has the role it was made for and each replica is in sync; return the seconds.

        Raises `DrillError` when that takes too long.
        """
        state = "no answer"

        async def so() -> bool:
            nonlocal state
            state = await self._unsettled()
            return not state

        return await wait_until(
            so,
            what=lambda: f"the cluster has settled ({state})",
            within_seconds=within_seconds,
            poll_seconds=_POLL_SECONDS,
        )

    async def _unsettled(self) -> str:
        """Return what is not as in steady state, empty when all is."""
        for pod in self.pods:
            client = self.keeper(pod)
            try:
                told = {**await client.cluster("INFO"), **await client.info("replication")}
            except UNREACHABLE as error:
                return f"{pod.name} does not answer ({type(error).__name__})"
            if wrong := _difference(told, pod):
                return f"{pod.name} {wrong}"
        return ""


def _difference(told: dict[str, object], pod: Pod) -> str:
    role = "master" if pod.node.role is Role.PRIMARY else "slave"
    wanted = {"cluster_state": "ok", "cluster_slots_ok": "16384", "cluster_known_nodes": "6", "role": role}
    wanted |= {"connected_slaves": "1"} if role == "master" else {"master_link_status": "up"}
    return ", ".join(
        f"says {key} {told.get(key, 'nothing')}" for key, value in wanted.items() if str(told.get(key)) != value
    )
