"""The real Pulumi engine over the sandbox's world: the CLI on PATH, our providers, state in the sandbox's folder.

The same duties as the embedded engine. What the CLI keeps (state, locks, settings, history) stays below the session's
folder and goes with `down`; the checkout's own files are never written.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from clouds.kubernetes import is_kubernetes
from components.base.errors import Q2OError, SandboxError
from q2o_infra.plan.monitor import PROVIDER_PREFIX
from q2o_infra.stack_files import ROOT
from sandbox.backends.cloud import refuse_unknown_provider
from sandbox.backends.router import Known
from sandbox.engines import cli_state
from sandbox.engines.cli_events import Events
from sandbox.engines.cli_process import CliProcess, find_cli
from sandbox.engines.cli_project import write_project
from sandbox.engines.providers import PARALLEL, ProviderServers, Work, type_of
from sandbox.engines.state import Resource
from sandbox.engines.steps import Action, Journal
from sandbox.session import Session

FOLDER = "pulumi"
_MISSING_PLUGIN = re.compile(r"no resource plugin 'pulumi-resource-([a-z-]+)' found")


class CliEngine:
    """Brings the world to what the program declares, by `pulumi up`.

    `program` is the folder with `__main__.py`; `config` is what the stack's file would say
    (`sandbox.engines.cli_project.stack_config`), and nothing needs it but the program.
    """

    def __init__(
        self,
        session: Session,
        journal: Journal,
        *,
        config: Mapping[str, Any] | None = None,
        program: Path = ROOT,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        binary = find_cli()
        if binary is None:
            raise SandboxError(
                "pulumi: the Pulumi CLI is not on PATH; install it, or choose the embedded engine, which needs none."
            )
        self._session = session
        self._journal = journal
        self._config = config or {}
        self._program = program
        self._progress = progress
        self._home = session.folder / FOLDER
        self._process = CliProcess(self._home, binary=binary)
        self._left: set[str] = set()
        """Keys of what earlier runs left behind."""
        self.exports: dict[str, Any] = {}

    @staticmethod
    def stands(session: Session) -> bool:
        """Answer whether this engine has made something in `session`: then it, and no other, must go on."""
        return (session.folder / FOLDER).exists()

    def version(self) -> str:
        """Return the CLI's version."""
        self._prepare_folder()
        return self._ask("version").strip()

    def up(self) -> None:
        """Run the program, create and update what it declares, delete what it no longer does.

        Raises what the world refused, in its own words, or what the CLI says; what was done until then stays, and
        the next run goes on.
        """
        self.recover()
        self._progress("the Pulumi engine starts the program")
        self._operate("up", "--skip-preview", "--yes", "--suppress-outputs")
        self._settle()

    def preview(self) -> dict[str, int]:
        """Return how many resources an `up` would create, update, replace, delete and leave the same."""
        self._prepare()
        self._progress("the Pulumi engine previews the program")
        return {action: count for action, count in self._operate("preview", "--json").summary.items() if count}

    def down(self) -> None:
        """Delete everything that the engine made, and then all that it kept."""
        if self.stands(self._session):
            self.recover()
            self._progress("the Pulumi engine deletes the stack")
            self._operate("destroy", "--skip-preview", "--yes", "--suppress-outputs")
            self._settle()
            self._ask("stack", "rm", "--yes", "--stack", self._session.stack)
            shutil.rmtree(self._home)

    def recover(self) -> None:
        """Put right what an interrupted run, or somebody beside this program, left.

        What was begun and is in no state is removed; what the state has and the world has not is forgotten, so that
        it is made anew. Locks go: nobody else works here, since this process holds the sandbox's own.
        """
        self._prepare()
        document = self._export()
        self._rename(cli_state.known(document))
        self._keep(document)
        existing = self._session.router.existing()
        if self._delete_orphans(cli_state.known(document)):
            existing = self._session.router.existing()
        gone = cli_state.known(document) - existing
        if gone or cli_state.has_pending(document):
            self._import(cli_state.without(document, gone))

    def _prepare_folder(self) -> None:
        write_project(self._home / "project", stack=self._session.stack, config=self._config, program=self._program)
        self._process.end_survivor()

    def _prepare(self) -> None:
        self._prepare_folder()
        self._ask("stack", "select", "--create", "--stack", self._session.stack)
        self._ask("cancel", "--yes", "--stack", self._session.stack)

    def _operate(self, command: str, *options: str) -> Events:
        """Run the program or a deletion with the providers attached. Raises the first thing that was refused."""
        work = Work(self._journal)
        events = Events(self._home / "events")
        events.clear()
        with ProviderServers(world=self._session.world, router=self._session.router, work=work) as servers:
            code, output, errors = self._process.run(
                command,
                *options,
                "--stack",
                self._session.stack,
                "--non-interactive",
                "--color",
                "never",
                "--parallel",
                str(PARALLEL),
                "--event-log",
                str(events.path),
                attached=servers.attached,
            )
        for urn in events.unchanged:
            if not type_of(urn).startswith(PROVIDER_PREFIX):
                with self._journal.step(Action.SAME, urn):
                    pass
        if code != 0:
            raise work.first_error() or _error(command, code, events.errors or [errors or output])
        return events

    def _settle(self) -> None:
        """Read the state once: forget what went with something else that was deleted, and keep the exports."""
        document = self._export("--show-secrets")
        known = cli_state.known(document)
        self._rename(known)
        for entry in self._session.router.left_behind(known):
            if entry.key not in self._left:
                with self._journal.step(Action.KEEP, entry.urn):
                    pass
        self._keep(document)
        for entry in self._session.router.orphans(known):
            self._session.router.backend(entry.type).forget(entry)
        self.exports = cli_state.exports(document)

    def _keep(self, document: cli_state.Document) -> None:
        """Note what the engine will leave: it tells a provider nothing when it does."""
        retained = cli_state.retained(document)
        for type_, id_, urn in cli_state.known(document):
            resource = Resource(urn=urn, type=type_, id=id_)
            self._session.router.keep(resource, kept=(type_, id_, urn) in retained)
        self._left = {entry.key for entry in self._session.router.left_behind(cli_state.known(document))}

    def _delete_orphans(self, known: Known) -> bool:
        orphans = self._session.router.orphans(known)
        # What is inside a cluster goes before the cluster.
        for entry in sorted(orphans, key=lambda entry: not is_kubernetes(entry.type)):
            with self._journal.step(Action.CLEAN, entry.urn):
                self._session.router.backend(entry.type).delete(entry)
        return bool(orphans)

    def _rename(self, known: Known) -> None:
        """Follow an alias: the engine gives a resource its new URN without telling the provider."""
        entries = self._session.world.entries()
        there = {(entry.type, entry.id, entry.urn) for entry in entries}
        for type_, id_, urn in known - there:
            former = [
                entry
                for entry in entries
                if (entry.type, entry.id) == (type_, id_) and (entry.type, entry.id, entry.urn) not in known
            ]
            if len(former) == 1:
                self._session.router.rename(Resource(urn=former[0].urn, type=type_, id=id_), urn)

    def _export(self, *options: str) -> cli_state.Document:
        text = self._ask("stack", "export", "--stack", self._session.stack, *options)
        return cast("cli_state.Document", json.loads(text))

    def _import(self, document: cli_state.Document) -> None:
        path = self._home / "repaired-state"
        path.write_text(json.dumps(document))
        self._ask("stack", "import", "--stack", self._session.stack, "--file", str(path))
        path.unlink()

    def _ask(self, *arguments: str) -> str:
        code, output, errors = self._process.run(*arguments, "--non-interactive", "--color", "never")
        if code != 0:
            raise _error(" ".join(arguments[:2]), code, [errors or output])
        return output


def _error(command: str, code: int, messages: list[str]) -> Q2OError:
    """Return what a person should read of what the CLI said: the last line of a traceback, or the first message."""
    if code < 0:
        return SandboxError(
            f"pulumi {command}: it was ended by signal {-code}; run the command again, it goes on where it stopped."
        )
    for message in messages:
        if missing := _MISSING_PLUGIN.search(message):
            try:
                refuse_unknown_provider(missing.group(1))
            except SandboxError as error:
                return error
    lines = [line.strip() for line in messages[0].splitlines() if line.strip()] or ["it said nothing"]
    told = lines[-1] if any(line.startswith("Traceback") for line in lines) else " ".join(lines)
    return SandboxError(f"pulumi {command}: {told.removeprefix('error: ')}")
