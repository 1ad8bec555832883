"""The Kubernetes provider: a pass-through to the real one's own process.

It answers only for chart releases, and it gives the real provider the kubeconfig of the local control plane in place
of the one that the program built, which names the simulated cluster's address.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from clouds.kubernetes import RELEASE
from components.base.errors import SandboxError
from sandbox.providers.cloud import Refusals, sdk_version, type_of
from sandbox.providers.releases import Releases
from sandbox.providers.servers import CHANNEL_OPTIONS

PACKAGE = "kubernetes"
_KUBECONFIG = "kubernetes:config:kubeconfig"


class RealProvider:
    """A process of the real provider, which reports to the engine at `engine`."""

    def __init__(self, binary: Path, *, engine: str, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(binary), engine],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            process_group=0,
        )
        port = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not port.isdigit():
            self.close()
            raise SandboxError(f"{binary}: the Kubernetes provider does not start; run it by hand to see why.")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def call(self, method: str, request: Any) -> Any:
        """Return the answer to a call. Raises `grpc.RpcError`."""
        return getattr(self._stub, method)(request)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


class PassThrough(provider_pb2_grpc.ResourceProviderServicer):
    """Forwards each connection of the engine to a process of its own, since a process serves one configuration.

    `start` starts a process for the engine's address; `kubeconfig` returns the local cluster's, or "" without one.
    """

    def __init__(
        self,
        *,
        start: Callable[[str], RealProvider],
        kubeconfig: Callable[[], str],
        releases: Releases,
        refusals: Refusals,
    ) -> None:
        self._start = start
        self._kubeconfig = kubeconfig
        self._releases = releases
        self._refusals = refusals
        self._lock = threading.Lock()
        self._processes: dict[str, RealProvider] = {}

    def close(self) -> None:
        """End all processes."""
        for process in self._processes.values():
            process.close()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Start the real provider for this connection."""
        with self._refusals.told(context):
            process = self._start(request.engine_address)
        with self._lock:
            self._processes[context.peer()] = process
        return self._forward("Handshake", request, context)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the version of the SDK that the program uses, which is the one that the engine asks for."""
        return plugin_pb2.PluginInfo(version=sdk_version(PACKAGE))

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return a schema without resources: the API server decides which fields exist."""
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "{PACKAGE}"}}')

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Let the operations under way end; the process ends with the servers."""
        return empty_pb2.Empty()

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Point the real provider at the local API server."""
        if local := self._kubeconfig():
            request.variables[_KUBECONFIG] = local
            request.args.update({"kubeconfig": local})
        return self._forward("Configure", request, context)

    def _forward(self, method: str, request: Any, context: grpc.ServicerContext) -> Any:
        with self._lock:
            process = self._processes.get(context.peer())
        if process is None:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the connection was lost; run the command again")
        try:
            return process.call(method, request)
        except grpc.RpcError as error:
            # The details carry the state of an object that was created and is not ready: the engine keeps it by them.
            context.set_trailing_metadata(tuple((row.key, row.value) for row in error.trailing_metadata() or ()))
            context.abort(error.code(), error.details() or "")

    def _of_resource(self, method: str, request: Any, context: grpc.ServicerContext) -> Any:
        if type_of(request.urn) != RELEASE:
            return self._forward(method, request, context)
        with self._refusals.told(context):
            return getattr(self._releases, method.lower())(request)


def _forwarding(method: str) -> Callable[[PassThrough, Any, grpc.ServicerContext], Any]:
    return lambda self, request, context: self._forward(method, request, context)


def _deciding(method: str) -> Callable[[PassThrough, Any, grpc.ServicerContext], Any]:
    return lambda self, request, context: self._of_resource(method, request, context)


for _method in ("Attach", "CheckConfig", "DiffConfig", "Invoke"):
    setattr(PassThrough, _method, _forwarding(_method))
for _method in ("Check", "Diff", "Create", "Read", "Update", "Delete"):
    setattr(PassThrough, _method, _deciding(_method))
