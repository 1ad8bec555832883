"""Six pods of Redis as processes: server and keeper of each, run by the component's own scripts and configuration."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.base.errors import DrillError, SandboxError
from components.redis.config import AclUser, acl_file, server_config
from components.redis.contract import NODES_DOMAIN, PORT
from components.redis.scripts import SCRIPTS, SHELL, script
from components.redis.statefulset import GRACE_SECONDS, HAND_OVER_SECONDS
from components.redis.topology import Node, Role, plan_nodes, render_nodes
from drills.certificates import Authority, write
from drills.processes import Process, free_network, run
from drills.resp import Access, Connection
from q2o_infra.settings import RedisSettings

ZONES = ("a", "b", "c")
_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 3.0

_RESOLVE = """\
#!/bin/sh
# In place of the cluster's DNS: prints the address that the pod of host $1 has now.
exec awk -v host="$1" '$2 == host { print $1 }' "${0%/*}/hosts"
"""


async def server_version() -> str:
    """Return name and version of the server that the scripts will find. Raises `SandboxError` when there is none."""
    for name in ("valkey-server", "redis-server"):
        if shutil.which(name):
            told = await asyncio.create_subprocess_exec(name, "--version", stdout=asyncio.subprocess.PIPE)
            output = (await told.communicate())[0].decode()
            return f"{name} {output.partition('v=')[2].partition(' ')[0]}"
    raise SandboxError(
        "redis-server is not on PATH, and the drill breaks real ones: install it (Debian: `apt-get install "
        "redis-server`)."
    )


def host_of(node: Node) -> str:
    """Return the name under which clients and peers find a node."""
    return f"{node.name}.{NODES_DOMAIN}"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where on this machine the six live."""

    folder: Path
    network: str
    """First two numbers of their addresses, with a dot at the end."""


class Pod:
    """One pod: its volume outlives it, its address does not."""

    def __init__(self, node: Node, place: Place) -> None:
        self.node = node
        self.name = node.name
        self.host = host_of(node)
        self.address = ""
        self.folder = place.folder / node.name
        self._place = place
        self._server: Process | None = None
        self._keeper: Process | None = None

    @property
    def server(self) -> Process:
        """Its server's process. Raises `DrillError` before the first start."""
        if self._server is None:
            raise DrillError(f"{self.name} was never started.")
        return self._server

    async def start(self) -> None:
        """Start both containers of a fresh pod, with empty scratch."""
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        (self.folder / "run").mkdir(parents=True)
        (self.folder / "data").mkdir(exist_ok=True)
        await self.start_server()
        self._keeper = await self._begin("keeper")

    async def start_server(self) -> None:
        """Start the server's container, as the kubelet does after a crash."""
        self._server = await self._begin("start")

    async def crash(self) -> None:
        """Kill the server, `kill -9`; the keeper lives on, as it would in its own container."""
        await self.server.kill()

    async def crash_whole(self) -> None:
        """Kill the server and the keeper."""
        for process in (self._server, self._keeper):
            if process is not None:
                await process.kill()

    async def leave(self, *, by_pre_stop: bool = True) -> None:
        """Delete the pod as the kubelet does: pre-stop hook first, then SIGTERM to all containers, within one grace."""
        started = time.monotonic()
        if by_pre_stop:
            await self.run_script("pre-stop")
        left = max(GRACE_SECONDS - (time.monotonic() - started), 2.0)
        await asyncio.gather(*(process.stop(left) for process in (self._server, self._keeper) if process))

    async def is_ready(self) -> bool:
        """Return what the readiness probe says."""
        return await self.run_script("probe", "ready") == 0

    async def run_script(self, name: str, *arguments: str) -> int:
        """Run one of the component's scripts inside the pod and return its exit code."""
        return await run(self._command(name, *arguments), environment=self._environment(), log=self._log(name))

    async def _begin(self, name: str) -> Process:
        return await Process.start(self._command(name), environment=self._environment(), log=self._log(name))

    def _command(self, name: str, *arguments: str) -> list[str]:
        return [SHELL, str(self._place.folder / "scripts" / name), *arguments]

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    async def back_up(self, folder: Path, nodes: str) -> int:
        """Run the backup's script, which leaves a file for each shard in `folder`; `nodes` is its table of nodes."""
        settings = folder / "settings"
        write(settings, {"nodes": nodes.encode()})
        changes = {"Q2O_REDIS_DATA": str(folder), "Q2O_REDIS_SETTINGS": str(settings)}
        environment = {**self._environment(), **changes}
        return await run(self._command("backup"), environment=environment, log=folder / "log")

    def _environment(self) -> dict[str, str]:
        shared = self._place.folder
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
    """All six, their addresses, and the two users that a drill speaks as."""

    def __init__(self, folder: Path, settings: RedisSettings, zones: Sequence[str] = ZONES) -> None:
        """Write everything that a pod mounts; nothing is started. The zones name the StatefulSets."""
        self.place = Place(folder=folder, network=free_network(PORT))
        self.pods = tuple(Pod(node, self.place) for node in plan_nodes(zones))
        self._next_address = 1
        passwords = {user: secrets.token_hex(16) for user in AclUser}
        authority = Authority()
        certificate, key = authority.issue([pod.host for pod in self.pods])
        nodes = render_nodes([pod.node for pod in self.pods], host=host_of, port=lambda _: PORT)
        config = server_config(
            memory_mib=settings.memory_mib, node_timeout_milliseconds=settings.node_timeout_milliseconds
        )
        write(folder / "settings", {"server.conf": config.encode(), "nodes": nodes.encode()})
        write(
            folder / "secrets",
            {
                "users.acl": acl_file(passwords).encode(),
                **{user.value: text.encode() for user, text in passwords.items()},
            },
        )
        write(folder / "tls", {"ca.crt": authority.certificate(), "tls.crt": certificate, "tls.key": key})
        write(folder / "scripts", {name: script(name).encode() for name in SCRIPTS})
        (folder / "resolve").write_text(_RESOLVE)
        (folder / "resolve").chmod(0o700)
        context = ssl.create_default_context(cadata=authority.certificate().decode())
        self.application = Access(
            context=context, user=AclUser.APPLICATION.value, password=passwords[AclUser.APPLICATION]
        )
        self.keeper = Access(context=context, user=AclUser.KEEPER.value, password=passwords[AclUser.KEEPER])
        self.by_host = {pod.host: pod for pod in self.pods}

    def of(self, shard: int, role: Role) -> Pod:
        """Return the pod that has this role in steady state."""
        return next(pod for pod in self.pods if pod.node.shard == shard and pod.node.role is role)

    def move(self, pods: Sequence[Pod]) -> None:
        """Give `pods` addresses that no pod had before, as a new pod gets."""
        for pod in pods:
            high, low = divmod(self._next_address, 250)
            pod.address = f"{self.place.network}{high}.{low + 1}"
            self._next_address += 1
        rows = "".join(f"{pod.address} {pod.host}\n" for pod in self.pods if pod.address)
        written = self.place.folder / "hosts.new"
        written.write_text(rows)
        written.replace(self.place.folder / "hosts")

    async def start_all(self) -> None:
        """Start six fresh pods on new addresses."""
        self.move(self.pods)
        await asyncio.gather(*(pod.start() for pod in self.pods))

    async def end(self) -> None:
        """Kill what still runs."""
        await asyncio.gather(*(pod.crash_whole() for pod in self.pods))

    async def settled(self, within_seconds: float) -> float:
        """Wait until each node has the role it was made for and each replica is in sync; return the seconds.

        Raises `DrillError` when that takes too long.
        """
        started = time.monotonic()
        state = "no answer"
        while time.monotonic() - started < within_seconds:
            state = await self._unsettled()
            if not state:
                return time.monotonic() - started
            await asyncio.sleep(_POLL_SECONDS)
        raise DrillError(f"the cluster did not settle within {within_seconds:.0f} s: {state}.")

    async def _unsettled(self) -> str:
        """Return what is not as in steady state, empty when all is."""
        for pod in self.pods:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    told = await self._inspect(pod)
            except (OSError, EOFError, TimeoutError) as error:
                return f"{pod.name} does not answer ({type(error).__name__})"
            wrong = _difference(told, pod)
            if wrong:
                return f"{pod.name} {wrong}"
        return ""

    async def _inspect(self, pod: Pod) -> dict[str, str]:
        connection = await Connection.open(pod.address, PORT, name=pod.host, access=self.keeper)
        try:
            replies = await connection.ask_all([("CLUSTER", "INFO"), ("INFO", "replication")])
        finally:
            connection.close()
        text = "\n".join(reply.decode() for reply in replies if isinstance(reply, bytes))
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _difference(told: dict[str, str], pod: Pod) -> str:
    role = "master" if pod.node.role is Role.PRIMARY else "slave"
    wanted = {"cluster_state": "ok", "cluster_slots_ok": "16384", "cluster_known_nodes": "6", "role": role}
    wanted |= {"connected_slaves": "1"} if role == "master" else {"master_link_status": "up"}
    return ", ".join(
        f"says {key} {told.get(key, 'nothing')}" for key, value in wanted.items() if told.get(key) != value
    )
