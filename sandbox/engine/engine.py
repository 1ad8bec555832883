"""Brings the sandbox to a program's resources with Pulumi's engine, and puts right what an interrupted run left.

The engine's files (state, locks, settings, history) are below the session's folder and go with `down`; the checkout's
own files are never written.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi import RunError, automation
from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent, OpType

from components.base.errors import Q2OError, SandboxError
from components.base.vocabulary import PROJECT
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import run_and_wait
from sandbox.control_plane import binaries
from sandbox.control_plane.versions import PULUMI_KUBERNETES_TOOL, PULUMI_TOOL
from sandbox.engine import cluster_objects, deployment
from sandbox.engine.cli import Cli, end_survivors, environment
from sandbox.engine.deployment import Deployment
from sandbox.engine.journal import Action, Journal, named
from sandbox.providers.cloud import Refusals, SimulatedCloud
from sandbox.providers.kubernetes import PACKAGE, PassThrough, RealProvider
from sandbox.providers.releases import Releases
from sandbox.providers.servers import PARALLEL, ProviderServers
from sandbox.session import Session

FOLDER = "pulumi"
CLOUDS = ("aws", "azure-native", "gcp", "random")
_PROGRAM_ERROR = "python inline source runtime error: "
_CONFIG = {"pulumi:disable-default-providers": ["*"]}


class Engine:
    """The engine over one session; `program` registers the resources."""

    def __init__(self, session: Session, journal: Journal, *, program: Callable[[], None] = lambda: None) -> None:
        self._session = session
        self._journal = journal
        self._program = program
        self._home = session.folder / FOLDER
        [engine] = binaries.locate(PULUMI_TOOL, session.progress).values()
        [self._provider] = binaries.locate(PULUMI_KUBERNETES_TOOL, session.progress).values()
        self._cli = Cli(engine.path, self._home)
        self._refusals = Refusals()
        self._errors: list[str] = []
        self.messages: list[tuple[str, str]] = []
        """What the engine said in the last operation: severity and text."""
        self.exports: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The engine and its version, for a person."""
        return f"Pulumi {self._cli.version}"

    def up(self) -> None:
        """Create and update the program's resources, and delete those that it no longer has.

        Raises what a cloud refused, in its own words, or what the engine says; what was done until then remains, and
        the next run goes on.
        """
        stack = self._stack()
        self._recover(stack)
        with self._operation() as options:
            result = stack.up(**options, program=self._run_program)
        self.exports = {
            key: wire.wrap_secret(output.value) if output.secret else output.value
            for key, output in result.outputs.items()
        }
        if self._journal.changes():
            self._settle(stack)

    def preview(self) -> dict[str, int]:
        """Return how many resources an `up` would create, update, replace, delete and leave the same."""
        stack = self._stack()
        with self._operation(noted=False) as options:
            result = stack.preview(**options, program=self._run_program)
        return {OpType(action).value: count for action, count in result.change_summary.items()}

    def down(self) -> None:
        """Delete everything that the engine created, and then its own files."""
        if not self._home.exists():
            return
        stack = self._stack()
        self._recover(stack)
        with self._operation() as options:
            stack.destroy(**options)
        self._settle(stack)
        shutil.rmtree(self._home)

    def known(self) -> Deployment:
        """Return the engine's state."""
        return self._state(self._stack())

    def _stack(self) -> automation.Stack:
        end_survivors(self._home)
        folder = self._home / "project"
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        settings = automation.StackSettings(config=_CONFIG)
        workspace = automation.LocalWorkspace(
            work_dir=str(folder),
            secrets_provider="passphrase",
            project_settings=automation.ProjectSettings(name=PROJECT, runtime="python"),
            stack_settings={self._session.stack: settings} if new else None,
            pulumi_command=self._cli,
        )
        stack = automation.Stack.create_or_select(self._session.stack, workspace)
        if any((self._home / ".pulumi" / "locks").rglob("*.json")):
            stack.cancel()  # no other process works here: this one holds the sandbox's own lock
        return stack

    async def _run_program(self) -> None:
        # When the engine has gone, the automation API stops the loop half way. What remains of the program is then
        # collected in the middle of a later operation, and ends that one; a cancelled program ends by itself.
        running = asyncio.current_task()

        def end(_: object, context: dict[str, Any]) -> None:
            if running is not None and isinstance(context.get("exception"), grpc.RpcError):
                running.cancel()

        asyncio.get_running_loop().set_exception_handler(end)
        try:
            await run_and_wait(self._program)
        except Q2OError as error:
            self._refusals.add(error)
            raise RunError(error.message) from error

    def simulated(self, package: str) -> SimulatedCloud:
        """Return the simulated provider of a package."""
        session = self._session
        return SimulatedCloud(package, world=session.world, accounts=session.accounts, refusals=self._refusals)

    def providers(self) -> dict[str, Any]:
        """Return the providers of an operation, by package."""
        session = self._session
        kubernetes = PassThrough(
            start=self._start_provider,
            kubeconfig=lambda: session.cluster.kubeconfig.read_text() if session.cluster.is_up else "",
            releases=Releases(session.cluster.client, progress=session.progress),
            refusals=self._refusals,
        )
        return {**{package: self.simulated(package) for package in CLOUDS}, PACKAGE: kubernetes}

    @contextmanager
    def served(self) -> Iterator[ProviderServers]:
        """Serve the providers for the length of the block."""
        providers = self.providers()
        try:
            with ProviderServers(providers) as servers:
                yield servers
        finally:
            for provider in providers.values():
                provider.close()

    @contextmanager
    def _operation(self, *, noted: bool = True) -> Iterator[dict[str, Any]]:
        """Give the options of an operation over the served providers; its steps go into the journal when `noted`.

        Raises the first refusal.
        """

        def hear(event: EngineEvent) -> None:
            if noted:
                self._journal.hear(event)
            self._listen(event)

        self._errors, self.messages, self._refusals = [], [], Refusals()
        try:
            with self.served() as servers:
                self._cli.attached = servers.attached
                yield {"on_event": hear, "parallel": PARALLEL, "color": "never"}
        except CommandError as error:
            raise self._refusals.first() or self._failure(error) from None
        finally:
            self._cli.attached = ""

    def _start_provider(self, engine: str) -> RealProvider:
        return RealProvider(
            self._provider.path, engine=engine, environment=environment(self._home, inherited=os.environ)
        )

    def _listen(self, event: EngineEvent) -> None:
        said = event.diagnostic_event
        if said is not None and not said.ephemeral:
            # A program's error is its message, and then a traceback.
            text = " ".join(said.message.partition("\nTraceback")[0].split()).removeprefix(_PROGRAM_ERROR)
            self.messages.append((said.severity, text))
            if said.severity == "error":
                self._errors.append(f"{' '.join(named(said.urn))}: {text}" if said.urn else text)

    def _failure(self, error: CommandError) -> Q2OError:
        if self._cli.killed_by:
            return SandboxError(
                f"pulumi: it was ended by signal {self._cli.killed_by}; run the command again, it goes on where it "
                f"stopped."
            )
        return SandboxError(self._errors[0] if self._errors else f"pulumi: {' '.join(str(error).split())}")

    def _recover(self, stack: automation.Stack) -> None:
        """Make state and world agree after an interrupted run, or after a change by another hand.

        What was begun and is in no state is removed; what the state has and the world has not is forgotten, so that
        it is created again.
        """
        state = self._state(stack)
        accounts, cluster = self._session.accounts, self._session.cluster
        known = deployment.in_clouds(state)
        accounts.rename(known)
        accounts.keep(known, retained=deployment.retained(state))
        if cluster.is_up:
            for row in deployment.begun(state):
                if cluster_objects.exists(cluster.client(), row):
                    with self._journal.step(Action.CLEAN, row["urn"]):
                        cluster_objects.remove(cluster.client(), row)
        for entry in accounts.orphans(known):
            with self._journal.step(Action.CLEAN, entry.urn):
                accounts.delete(entry)
        gone = known - accounts.existing()
        inside = deployment.in_clusters(state)
        present = cluster_objects.present(cluster.client(), inside) if cluster.is_up else set()
        gone |= {deployment.identity(row) for row in inside} - present
        if gone or state.get("pending_operations"):
            self._write(stack, deployment.without(state, gone))

    def _settle(self, stack: automation.Stack) -> None:
        """Forget the entries of resources that went with another one, and note which ones are retained."""
        state = self._state(stack)
        known, accounts = deployment.in_clouds(state), self._session.accounts
        accounts.rename(known)
        accounts.keep(known, retained=deployment.retained(state))
        for entry in accounts.orphans(known):
            accounts.forget(entry)

    @staticmethod
    def _state(stack: automation.Stack) -> Deployment:
        return dict(stack.export_stack().deployment or {})

    @staticmethod
    def _write(stack: automation.Stack, state: Deployment) -> None:
        stack.import_stack(automation.Deployment(version=stack.export_stack().version, deployment=state))
