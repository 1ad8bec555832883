"""The providers that the Pulumi engine talks to: the sandbox's backends behind Pulumi's gRPC service.

They live in the process of `make up`, and the engine is told their ports (`PULUMI_DEBUG_PROVIDERS`). Each provider
object of a program opens a connection of its own, so the connection tells which region and account a request is for.
Where the real Kubernetes plugin is installed it is not used: what a chart or a custom resource needs in the sandbox
(stand-ins, definitions that appear with the release) is behind our own service only, and the program's kubeconfig
names the simulated cluster's address, which a real plugin cannot reach.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Self

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from clouds.catalogue import answer, kind_of, place_of, refuse
from clouds.kind import Place, check
from components.base.errors import Q2OError, SandboxError
from q2o_infra.plan import wire
from sandbox.backends.contract import Wanted, compare, with_ignored
from sandbox.backends.helm import ReleaseBackend
from sandbox.backends.kubernetes import KubernetesBackend
from sandbox.backends.router import Router
from sandbox.engines.provider_answers import config_diff, expected_outputs, resource_diff
from sandbox.engines.state import Resource
from sandbox.engines.steps import Action, Journal
from sandbox.world import Entry, World

PACKAGES = ("aws", "azure-native", "gcp", "kubernetes", "random")
PARALLEL = 64
"""Operations that the engine may have under way at once."""
_SPARE_THREADS = 32
"""For checks and differences while all operations wait."""
_MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # pulumi's own limit (sdk/go/common/util/rpcutil)
_PLACED = frozenset({"aws", "azure-native", "gcp"})


class Work:
    """What the providers have done since the engine started, and what they refused."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._lock = threading.Lock()
        self._errors: list[Q2OError] = []
        self._deleted: dict[str, Entry] = {}

    def refused(self, error: Q2OError) -> None:
        """Keep an error, so that a person reads its sentence and not the engine's account of it."""
        with self._lock:
            self._errors.append(error)

    def first_error(self) -> Q2OError | None:
        """Return what was refused first."""
        with self._lock:
            return self._errors[0] if self._errors else None

    def deleted(self, entry: Entry) -> None:
        """Note that `entry` is gone; what bears its URN next replaces it."""
        with self._lock:
            self._deleted[entry.urn] = entry

    def deleted_before(self, urn: str) -> Entry | None:
        """Return what bore `urn` and was deleted in this run."""
        with self._lock:
            return self._deleted.get(urn)


class SimulatedProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One package. Every method may be called from several threads at once."""

    def __init__(self, package: str, *, world: World, router: Router, work: Work) -> None:
        self._package = package
        self._world = world
        self._router = router
        self._work = work
        self._places: dict[str, Place] = {}

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Agree on the protocol: secrets come marked, references to resources as plain ids."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Take note of the engine; nothing is asked of it."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Let what is under way end: a cloud does not undo half a creation either."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the version of the SDK that the program uses, which is the one that the engine asks for."""
        return plugin_pb2.PluginInfo(version=version(f"pulumi-{self._package}"))

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return a schema without resources: the sandbox's tables decide what is allowed."""
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "{self._package}"}}')

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse a region that does not exist."""
        with self._told(context):
            news = wire.unwrap(wire.from_struct(request.news))
            if wire.UNKNOWN not in (news.get("region"), news.get("location")):
                place_of(self._package, news)
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say whether everything that the provider manages must be made anew."""
        return config_diff(self._package, wire.from_struct(request.old_inputs), wire.from_struct(request.news))

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Remember where this connection's resources live."""
        with self._told(context):
            self._places[context.peer()] = place_of(self._package, wire.unwrap(wire.from_struct(request.args)))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse an unknown type, and inputs without which the cloud would refuse."""
        failures: list[tuple[str, str]] = []
        with self._told(context):
            failures = check(kind_of(type_of(request.urn)), wire.unwrap(wire.from_struct(request.news)))
        try:
            refuse(request.urn, failures)
        except SandboxError as error:
            self._work.refused(error)
        return provider_pb2.CheckResponse(
            inputs=request.news,
            failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures],
        )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare with what the world holds, which an interrupted run may have changed without the engine knowing."""
        with self._told(context):
            entry = self._entry(request, request.old_inputs, request.olds)
            news = with_ignored(entry.inputs, wire.from_struct(request.news), request.ignoreChanges)
            diff = compare(entry.type, entry.inputs, news)
            return resource_diff(diff, entry.inputs, news, incomplete=not entry.complete)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Make it; in a preview, say what is known of it."""
        with self._told(context):
            wanted = self._wanted(request, wire.from_struct(request.properties), context)
            if request.preview:
                return provider_pb2.CreateResponse(properties=wire.to_struct(expected_outputs(wanted)))
            backend = self._router.backend(wanted.type)
            former = self._former(wanted.urn)
            action = Action.REPLACE if former else Action.CREATE
            reasons = compare(wanted.type, former.inputs, wanted.wire_inputs).replaces if former else ()
            with self._work.journal.step(action, wanted.urn, ", ".join(reasons)):
                made = backend.create(wanted)
            return provider_pb2.CreateResponse(id=made.id, properties=wire.to_struct(made.outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return what the world holds; an empty id when there is no such thing."""
        # Whoever takes something over knows its id and not the URN that it was made under.
        place = self._places.get(context.peer(), Place())
        entry = self._world.find_at(type_of(request.urn), request.id, place)
        if entry is None or not self._is_alive(entry):
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=entry.id, inputs=wire.to_struct(entry.inputs), properties=wire.to_struct(entry.outputs)
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Change it in place; in a preview, say what will be known of it."""
        with self._told(context):
            wanted = self._wanted(request, wire.from_struct(request.news), context)
            wanted = replace(wanted, ignore_changes=tuple(request.ignoreChanges))
            if request.preview:
                outputs = {**wire.from_struct(request.olds), **wanted.wire_inputs}
                return provider_pb2.UpdateResponse(properties=wire.to_struct(outputs))
            entry = self._entry(request, request.old_inputs, request.olds)
            backend = self._router.backend(wanted.type)
            changed = compare(entry.type, entry.inputs, wanted.wire_inputs).changed
            with self._work.journal.step(Action.UPDATE, wanted.urn, ", ".join(changed)):
                made = backend.update(entry, wanted)
            return provider_pb2.UpdateResponse(properties=wire.to_struct(made.outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Remove it and return when it is gone."""
        with self._told(context):
            entry = self._entry(request, request.old_inputs, request.properties)
            with self._work.journal.step(Action.DELETE, request.urn):
                self._router.backend(entry.type).delete(entry)
            self._work.deleted(entry)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Answer what the program asks about what it made itself, and nothing else."""
        with self._told(context):
            found = answer(request.tok, wire.unwrap(wire.from_struct(request.args)))
            if found is None:
                raise SandboxError(
                    f"{request.tok}: the simulated clouds do not answer this; put the value into the settings or a "
                    f"static table."
                )
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(wire.to_struct(found))
            return response

    def _former(self, urn: str) -> Entry | None:
        """Return what a creation takes the place of."""
        standing = [entry for entry in self._world.entries() if entry.urn == urn]
        return standing[-1] if standing else self._work.deleted_before(urn)

    def _is_alive(self, entry: Entry) -> bool:
        backend = self._router.backend(entry.type)
        return not isinstance(backend, KubernetesBackend | ReleaseBackend) or backend.exists(entry)

    def _entry(self, request: Any, inputs: Any, outputs: Any) -> Entry:
        """Return the world's entry of what the request names, or what it would have been."""
        type_, id_, urn = type_of(request.urn), request.id, request.urn
        entries = [entry for entry in self._world.entries() if (entry.type, entry.id) == (type_, id_)]
        if len(entries) == 1:
            # An alias gives it another URN, of which the engine tells nobody.
            return replace(entries[0], urn=urn)
        return self._router.entry(
            Resource(urn=urn, type=type_, id=id_, inputs=wire.from_struct(inputs), outputs=wire.from_struct(outputs))
        )

    def _wanted(self, request: Any, inputs: dict[str, Any], context: grpc.ServicerContext) -> Wanted:
        place = self._places.get(context.peer())
        if place is None:
            if self._package in _PLACED:
                raise SandboxError(
                    f"{self._package} provider: the connection of {request.urn.rsplit('::', 1)[-1]!r} was lost and "
                    f"with it the region it is for; run the command again."
                )
            place = Place()
        return Wanted(urn=request.urn, type=type_of(request.urn), wire_inputs=inputs, place=place)

    @contextmanager
    def _told(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Answer a refusal with its sentence, and keep it for the person who waits."""
        try:
            yield
        except Q2OError as error:
            self._work.refused(error)
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, error.message)


class ProviderServers:
    """One server per package on a port of this machine; leaving the block waits for what is under way."""

    def __init__(self, *, world: World, router: Router, work: Work) -> None:
        self._pool = ThreadPoolExecutor(max_workers=PARALLEL + _SPARE_THREADS, thread_name_prefix="provider")
        self._servers: list[grpc.Server] = []
        self.ports: dict[str, int] = {}
        for package in PACKAGES:
            server = grpc.server(
                self._pool,
                options=[
                    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
                    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
                    ("grpc.so_reuseport", 0),
                ],
            )
            provider = SimulatedProvider(package, world=world, router=router, work=work)
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
            self.ports[package] = server.add_insecure_port("127.0.0.1:0")
            self._servers.append(server)

    @property
    def attached(self) -> str:
        """What `PULUMI_DEBUG_PROVIDERS` must say."""
        return ",".join(f"{package}:{port}" for package, port in self.ports.items())

    def __enter__(self) -> Self:
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.stop(grace=None)
        # What the engine no longer waits for still ends: recovery must find the world at rest.
        self._pool.shutdown(wait=True)


def type_of(urn: str) -> str:
    """Return the type of what bears `urn`."""
    return urn.split("::")[2].rsplit("$", 1)[-1]
