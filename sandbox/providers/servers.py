"""The providers' servers: one for each package, on ports of this machine that the engine is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

PARALLEL = 64
"""Operations that the engine may have under way at once."""
_SPARE_THREADS = 32
"""For checks and differences while all operations wait."""
_MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # pulumi's own limit (sdk/go/common/util/rpcutil)
CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
]


class ProviderServers:
    """Serves `providers`, by package, inside a `with` block; leaving it waits for the operations under way."""

    def __init__(self, providers: dict[str, Any]) -> None:
        self._pool = ThreadPoolExecutor(max_workers=PARALLEL + _SPARE_THREADS, thread_name_prefix="provider")
        self._servers: list[grpc.Server] = []
        self.ports: dict[str, int] = {}
        for package, provider in providers.items():
            server = grpc.server(self._pool, options=[*CHANNEL_OPTIONS, ("grpc.so_reuseport", 0)])
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
            self.ports[package] = server.add_insecure_port("127.0.0.1:0")
            self._servers.append(server)

    @property
    def attached(self) -> str:
        """The value of `PULUMI_DEBUG_PROVIDERS` that makes the engine use them."""
        return ",".join(f"{package}:{port}" for package, port in self.ports.items())

    def __enter__(self) -> Self:
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.stop(grace=None)
        # The engine may have given up waiting: recovery must find the world at rest.
        self._pool.shutdown(wait=True)
