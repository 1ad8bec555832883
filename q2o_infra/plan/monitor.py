"""Runs the program in this process and hands each registration to an engine as plain data.

The SDK talks to a resource monitor. Here the monitor is this module, so the same program serves a plan (an engine
that records) and the sandbox (an engine that creates), without the Pulumi CLI.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar

from google.protobuf import empty_pb2
from pulumi.runtime import mocks as sdk_mocks
from pulumi.runtime import settings as sdk_settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from components.base.errors import PlanError
from components.base.vocabulary import PROJECT
from q2o_infra.plan import wire

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource as the program declared it. URNs name other resources; `parent` is "" for the stack itself."""

    urn: str
    type: str
    name: str
    parent: str = ""
    custom: bool = True
    provider: str = ""
    """`<urn>::<id>` of the explicit provider; "" where none was given."""
    wire_inputs: dict[str, Any] = field(default_factory=dict)
    """Inputs with secrets still wrapped."""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    deleted_with: str = ""
    delete_before_replace: bool | None = None
    retain_on_delete: bool = False
    """Whether a deletion only forgets it and leaves it where it is."""
    import_id: str = ""
    """Id of something that stands already and is taken over instead of made; "" for none."""
    aliases: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    secret_outputs: tuple[str, ...] = ()
    outputs: dict[str, Any] = field(default_factory=dict)
    """What a component registered when it was complete; secrets still wrapped."""

    @property
    def inputs(self) -> dict[str, Any]:
        """Inputs with secrets laid open. Never print them; print `wire.redact(wire_inputs)`."""
        return {key: wire.unwrap(value) for key, value in self.wire_inputs.items()}

    @property
    def secret_inputs(self) -> frozenset[str]:
        """Names of the top-level inputs that hold a secret."""
        return frozenset(key for key, value in self.wire_inputs.items() if wire.holds_secret(value))

    @property
    def explicit_dependencies(self) -> tuple[str, ...]:
        """Dependencies that no input carries: those that somebody wrote down with `depends_on`."""
        carried = {urn for urns in self.property_dependencies.values() for urn in urns}
        return tuple(urn for urn in self.dependencies if urn not in carried)


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What an engine answers: the physical id ("" for a component) and the outputs, secrets wrapped."""

    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """Takes registrations, possibly from several threads at once."""

    def register(self, registration: Registration) -> Registered:
        """Do what the engine does with a resource; raise to stop the program."""

    def register_outputs(self, urn: str, outputs: dict[str, Any]) -> None:
        """Take note of a component's outputs."""


def make_urn(*, stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Return the URN as the Pulumi engine forms it: with the types of all components above, but not the stack's."""
    qualified = type_
    if parent:
        above = parent.split("::")[2]
        if above != STACK_TYPE:
            qualified = f"{above}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


class InlineExecutor(ThreadPoolExecutor):
    """Runs each job at once in the calling thread, so that registrations come in one order, always the same."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `fn` now and return its finished future."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 a future carries whatever was raised
            future.set_exception(error)
        return future


class _Monitor(sdk_mocks.MockMonitor):
    """Translates the SDK's requests; keeps no state of its own."""

    def __init__(self, engine: Engine, *, answer: Answer | None, project: str, stack: str) -> None:
        super().__init__(_FewInvokes(answer))
        self._engine = engine
        self.project = project
        self.stack = stack

    def Invoke(self, request: Any) -> Any:
        # The SDK's own opens an event loop in each thread that asks, and closes none.
        asked = sdk_mocks.MockCallArgs(
            token=request.tok, args=wire.from_struct(request.args), provider=request.provider
        )
        found, _ = self.mocks.call(asked)
        answer: dict[str, Any] = {"return": wire.to_struct(found)}
        return resource_pb2.ResourceInvokeResponse(**answer)

    def RegisterResource(self, request: Any) -> Any:
        registration = self._registration(request)
        if request.remote:
            raise PlanError(
                f"{registration.urn}: remote components are not allowed, because a plan must not start a plugin; "
                f"write the component in Python or use a plain resource."
            )
        answer = self._engine.register(registration)
        outputs = dict(answer.outputs)
        for key in registration.secret_outputs:
            if key in outputs:
                outputs[key] = wire.wrap_secret(outputs[key])
        return resource_pb2.RegisterResourceResponse(urn=registration.urn, id=answer.id, object=wire.to_struct(outputs))

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self._engine.register_outputs(request.urn, wire.from_struct(request.outputs))
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:
        raise PlanError(
            f"{request.name} ({request.type}): reading a resource that the program did not make is not allowed, "
            f"because a plan has no network; pass what is needed in the settings."
        )

    def _registration(self, request: Any) -> Registration:
        return Registration(
            urn=make_urn(
                stack=self.stack,
                project=self.project,
                parent=request.parent,
                type_=request.type,
                name=request.name,
            ),
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            provider=request.provider,
            wire_inputs=wire.from_struct(request.object),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(value.urns)) for key, value in sorted(request.propertyDependencies.items())
            },
            protect=request.protect,
            deleted_with=request.deletedWith,
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            retain_on_delete=request.retainOnDelete,
            import_id=request.importId,
            aliases=tuple(self._alias(alias, request) for alias in request.aliases),
            ignore_changes=tuple(request.ignoreChanges),
            secret_outputs=tuple(request.additionalSecretOutputs),
        )

    def _alias(self, alias: Any, request: Any) -> str:
        if alias.urn:
            return str(alias.urn)
        spec = alias.spec
        return make_urn(
            stack=spec.stack or self.stack,
            project=spec.project or self.project,
            parent="" if spec.noParent else spec.parentUrn or request.parent,
            type_=spec.type or request.type,
            name=spec.name or request.name,
        )


Answer = Callable[[str, dict[str, Any]], dict[str, Any] | None]
"""Takes what is asked of a provider and its arguments; `None` refuses."""


class _FewInvokes(sdk_mocks.Mocks):
    """Refuses cloud look-ups, but for what `answer` knows: a plan reads settings and static tables only."""

    def __init__(self, answer: Answer | None) -> None:
        self._answer = answer

    def new_resource(self, _: sdk_mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise AssertionError("the monitor registers resources itself")

    def call(self, args: sdk_mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        found = self._answer(args.token, args.args) if self._answer else None
        if found is not None:
            return found, []
        raise PlanError(
            f"{args.token}: cloud look-ups are not allowed, because a plan needs no credentials; "
            f"put the value into the settings or a static table."
        )


def run_program(
    program: Callable[[], None],
    engine: Engine,
    *,
    stack: str,
    project: str = PROJECT,
    preview: bool = False,
    threads: int | None = None,
    answer: Answer | None = None,
) -> None:
    """Run `program` against `engine` and return when every registration has been answered.

    `answer` answers what the program asks of a cloud; without it every question is refused.
    `threads` is how many registrations may be under way at once; `None` runs them one by one in a fixed order.
    Raises what the program or the engine raised; registrations under way are waited for first.
    """
    monitor = _Monitor(engine, answer=answer, project=project, stack=stack)
    contextvars.copy_context().run(_run, program, monitor, preview=preview, threads=threads)


def _run(program: Callable[[], None], monitor: _Monitor, *, preview: bool, threads: int | None) -> None:
    sdk_settings.ROOT.set(None)
    # The SDK's own functions carry no types here.
    features = monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures  # type: ignore[no-untyped-call]
    sdk_settings.configure(
        sdk_mocks.MockSettings(  # type: ignore[no-untyped-call]
            monitor=monitor,
            monitor_features=set(features),
            engine=sdk_mocks.MockEngine(logging.getLogger("pulumi")),
            project=monitor.project,
            stack=monitor.stack,
            dry_run=preview,
            organization=None,
            callbacks=None,
        )
    )
    sdk_settings.SETTINGS.outputs.clear()
    # The SDK leaves futures unread when a program fails, and asyncio would log each; the error itself is raised.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    executor = InlineExecutor(max_workers=1) if threads is None else ThreadPoolExecutor(max_workers=threads)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(run_in_stack(lambda: run_and_wait(program)))
    finally:
        executor.shutdown(wait=True)
        asyncio.set_event_loop(None)
        loop.close()


async def run_and_wait(program: Callable[[], None]) -> None:
    """Run `program` and wait until every output that it made has its value.

    The SDK would wait too, but it looks at all outputs anew whenever one is ready: at 2,000 resources that is most of
    the time. Waiting here costs each output one callback, and leaves the SDK nothing to look at.
    """
    program()
    state = sdk_settings.SETTINGS
    while waiting := [output for output in state.outputs if not output.done()]:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        if any(output.exception() for output in done):
            # The SDK raises the failure, but would first wait for all registrations, and begin those not yet begun.
            state.rpc_manager.clear()
            return
