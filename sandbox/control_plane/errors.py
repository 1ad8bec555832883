"""What can go wrong with the local control plane, each said once and with what to do."""

from __future__ import annotations

from components.base.errors import SandboxError


class VersionUnreadableError(SandboxError):
    """A binary's `--version` prints no version."""


class BinaryMissingError(SandboxError):
    """A binary is nowhere to be found and cannot be built here."""


class BuildFailedError(SandboxError):
    """Go could not build a tool, or could not fetch a module."""


class ChecksumMismatchError(SandboxError):
    """A Go module is not the one that was pinned."""


class PortBusyError(SandboxError):
    """A port that the control plane needs is held by somebody else."""


class DiskFullError(SandboxError):
    """There is too little room for the control plane's data or for a build."""


class ProcessFailedError(SandboxError):
    """A process of the control plane died at start, never became ready, or does not stop."""


class ApiError(SandboxError):
    """The API server refused a request or could not be reached.

    `status` is the HTTP status, 0 when there was no answer; `reason` is the API's own word (`NotFound`, `Conflict`,
    `Invalid`, ...), `Unreachable` when there was no answer.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
