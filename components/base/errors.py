"""Every error that a person is meant to read.

    Q2OError
    +-- SettingsError      a stack file or an override says something that is not allowed
    +-- ComponentError     arguments given to a component contradict each other
    +-- GateError          a phase may not start, or a phase record does not hold
    +-- PlanError          the program registered something that cannot be planned
    +-- SandboxError       the local control plane or the simulated clouds cannot do what was asked
    +-- DrillError         what a drill broke on purpose did not come back
    +-- TriageError        a preview document cannot be judged
    +-- CostError          a price, a quantity or a resource type cannot be turned into money

A message is one sentence: where, what was given, what is allowed, what to do.
"""

from __future__ import annotations

EXIT_NO = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


class Q2OError(Exception):
    """An error with an exit code and, where one helps, a hint that is printed on its own line."""

    exit_code = EXIT_BAD_INPUT

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(Q2OError):
    """A setting is missing, misspelt, of the wrong type or outside what is allowed."""


class ComponentError(Q2OError):
    """Plain arguments of a component are outside their range or contradict each other."""


class GateError(Q2OError):
    """A phase has no GO, or the record of one does not hold."""


class PlanError(Q2OError):
    """The program registered a resource that no plan can hold."""


class SandboxError(Q2OError):
    """The sandbox cannot do what was asked on this machine."""


class DrillError(Q2OError):
    """What a drill broke did not come back in the time it has: the answer is no, whatever else was measured."""

    exit_code = EXIT_NO


class TriageError(Q2OError):
    """A preview document is broken, incomplete or of something else."""


class CostError(Q2OError):
    """A price is broken or missing, a quantity is impossible, or a resource type is unknown to the cost model."""


def refused(where: str, given: object, allowed: str, action: str) -> str:
    """Return the one sentence for bad input: where it is, what was given, what is allowed, what to do.

    `where` is a path into the settings or the arguments, `action` an imperative clause.
    """
    return f"{where}: {given!r} is not allowed: {allowed}; {action}."
