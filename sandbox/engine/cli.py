"""The Pulumi CLI as the automation API calls it: its environment, its interruption, and the end of one left running."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil
from pulumi.automation import CommandResult, OnOutput, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from sandbox.control_plane.binaries import version_of

PASSPHRASE = "sandbox"  # noqa: S105  protects nothing: the sandbox holds placeholders, never a secret
_HOME = "PULUMI_HOME"


def environment(home: Path, *, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the CLI's environment: no setting of Pulumi's is inherited, and nothing leaves this machine.

    State and settings remain below `home`; plugins are never downloaded, because every provider is attached.
    """
    kept = {key: value for key, value in inherited.items() if not key.startswith("PULUMI_")}
    return {
        **kept,
        # Without a file of metadata for each document: the CLI writes that one in place, and a kill in between leaves
        # half of it, after which no command can read the state.
        "PULUMI_BACKEND_URL": f"{home.resolve().as_uri()}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        _HOME: str((home / "home").resolve()),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # The real provider's limits on its own requests; the local API server takes more.
        "PULUMI_K8S_CLIENT_BURST": "1000",
        "PULUMI_K8S_CLIENT_QPS": "500",
    }


class Cli(PulumiCommand):
    """Runs one command at a time.

    Each command has a process group of its own, so that Ctrl-C reaches it once, from here: a second signal would make
    it drop its operations under way.
    """

    def __init__(self, binary: Path, home: Path) -> None:
        """Take the CLI at `binary`, whose state is below `home`. Raises `VersionUnreadableError`."""
        self.command = str(binary)
        self.version = VersionInfo(*version_of(binary))
        self._home = home
        self.attached = ""
        """The providers that the engine uses, as `PULUMI_DEBUG_PROVIDERS` names them."""
        self.killed_by = 0
        """The signal that ended the last command; 0: it ended by itself."""

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,  # noqa: ARG002  no caller asks for lines as they come
        on_error: OnOutput | None = None,  # noqa: ARG002
    ) -> CommandResult:
        """Return what a command printed. Raises the automation API's `CommandError`.

        Ctrl-C is passed on, and raised once the command has ended; a second Ctrl-C kills it.
        """
        with subprocess.Popen(
            [self.command, "--non-interactive", *args],
            cwd=cwd,
            env={
                **environment(self._home, inherited=os.environ),
                **additional_env,
                "PULUMI_AUTOMATION_API": "true",
                "PULUMI_DEBUG_PROVIDERS": self.attached,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        ) as process:
            try:
                output, errors = process.communicate()
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                try:
                    process.communicate()
                except KeyboardInterrupt:
                    process.kill()
                raise
        self.killed_by = max(0, -process.returncode)
        result = CommandResult(stdout=output, stderr=errors, code=process.returncode)
        if result.code != 0:
            raise create_command_error(result)
        return result


def end_survivors(home: Path) -> None:
    """Kill the processes of an earlier command that was killed itself: they must not write the state any more."""
    mine = environment(home, inherited={})[_HOME]
    left = [process for process in psutil.process_iter() if _home_of(process) == mine]
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=10)


def _home_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(_HOME)
    except psutil.Error:
        return None
