"""A simulated cloud behind Pulumi's provider service (`ResourceProvider`).

Each provider object of a program opens a connection of its own, so the connection tells which region and account a
request is for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from clouds.catalogue import answer, kind_of, place_of, refuse
from clouds.kind import Place, check
from components.base.errors import Q2OError, SandboxError
from q2o_infra.plan import wire
from sandbox.engine.deployment import Known
from sandbox.providers.accounts import Accounts
from sandbox.providers.answers import config_diff, expected_outputs, resource_diff
from sandbox.providers.contract import Wanted, compare, with_ignored
from sandbox.world import Entry, World

_PLACED = frozenset({"aws", "azure-native", "gcp"})


class Refusals:
    """The sentences of refusals, so that a person reads them and not the engine's account of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._errors: list[Q2OError] = []

    def add(self, error: Q2OError) -> None:
        """Keep `error`."""
        with self._lock:
            self._errors.append(error)

    def first(self) -> Q2OError | None:
        """Return the first refusal."""
        with self._lock:
            return self._errors[0] if self._errors else None

    @contextmanager
    def told(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Answer a refusal inside the block with its sentence, and keep it."""
        try:
            yield
        except Q2OError as error:
            self.add(error)
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, error.message)


class SimulatedCloud(provider_pb2_grpc.ResourceProviderServicer):
    """One package. Every method may be called from several threads at once."""

    def __init__(self, package: str, *, world: World, accounts: Accounts, refusals: Refusals) -> None:
        self._package = package
        self._world = world
        self._accounts = accounts
        self._refusals = refusals
        self._places: dict[str, Place] = {}

    def close(self) -> None:
        """End; nothing is held."""

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
        return plugin_pb2.PluginInfo(version=sdk_version(self._package))

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return a schema without resources: the sandbox's tables decide what is allowed."""
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "{self._package}"}}')

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse a region that does not exist."""
        with self._refusals.told(context):
            news = wire.unwrap(wire.from_struct(request.news))
            if wire.UNKNOWN not in (news.get("region"), news.get("location")):
                place_of(self._package, news)
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say whether everything that the provider manages must be made anew."""
        return config_diff(self._package, wire.from_struct(request.old_inputs), wire.from_struct(request.news))

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Remember where this connection's resources live."""
        with self._refusals.told(context):
            self._places[context.peer()] = place_of(self._package, wire.unwrap(wire.from_struct(request.args)))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse an unknown type, and inputs without which the cloud would refuse."""
        failures: list[tuple[str, str]] = []
        with self._refusals.told(context):
            failures = check(kind_of(type_of(request.urn)), wire.unwrap(wire.from_struct(request.news)))
        try:
            refuse(request.urn, failures)
        except SandboxError as error:
            self._refusals.add(error)
        return provider_pb2.CheckResponse(
            inputs=request.news,
            failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures],
        )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare with what the world holds, which an interrupted run may have changed without the engine knowing."""
        with self._refusals.told(context):
            entry = self._entry(request)
            news = with_ignored(entry.inputs, wire.from_struct(request.news), request.ignoreChanges)
            diff = compare(entry.type, entry.inputs, news)
            return resource_diff(diff, entry.inputs, news, incomplete=not entry.complete)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Make it; in a preview, say what is known of it."""
        with self._refusals.told(context):
            wanted = self._wanted(request, wire.from_struct(request.properties), context)
            if request.preview:
                return provider_pb2.CreateResponse(properties=wire.to_struct(expected_outputs(wanted)))
            made = self._accounts.create(wanted)
            return provider_pb2.CreateResponse(id=made.id, properties=wire.to_struct(made.outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return what the world holds; an empty id when there is no such thing."""
        # An import knows the id of a resource and not the URN that it was created under.
        place = self._places.get(context.peer(), Place())
        entry = self._world.find_at(type_of(request.urn), request.id, place)
        if entry is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=entry.id, inputs=wire.to_struct(entry.inputs), properties=wire.to_struct(entry.outputs)
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Change it in place; in a preview, say what will be known of it."""
        with self._refusals.told(context):
            wanted = self._wanted(request, wire.from_struct(request.news), context)
            if request.preview:
                outputs = {**wire.from_struct(request.olds), **wanted.wire_inputs}
                return provider_pb2.UpdateResponse(properties=wire.to_struct(outputs))
            made = self._accounts.update(self._entry(request), wanted)
            return provider_pb2.UpdateResponse(properties=wire.to_struct(made.outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Remove it and return when it is gone."""
        with self._refusals.told(context):
            self._accounts.delete(self._entry(request))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Answer what the program asks about what it made itself, and nothing else."""
        with self._refusals.told(context):
            found = answer(request.tok, wire.unwrap(wire.from_struct(request.args)))
            if found is None:
                raise SandboxError(
                    f"{request.tok}: the simulated clouds do not answer this; put the value into the settings or a "
                    f"static table."
                )
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(wire.to_struct(found))
            return response

    def _entry(self, request: Any) -> Entry:
        return self._accounts.entry(Known(type=type_of(request.urn), id=request.id, urn=request.urn))

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


def sdk_version(package: str) -> str:
    """Return the version of a package's SDK that is installed here."""
    return version(f"pulumi-{package}")


def type_of(urn: str) -> str:
    """Return the resource type in a URN."""
    return urn.split("::")[2].rsplit("$", 1)[-1]
