"""What `pulumi preview --json` says, whichever of its two forms it comes in.

One document with a list of steps is what the CLI prints by itself (pulumi: pkg/display/json.go, `PreviewDigest`); one
event a line is what it prints with PULUMI_ENABLE_STREAMING_JSON_PREVIEW (sdk/go/common/apitype/events.go,
`EngineEvent`). What follows from a step is decided in `q2o_infra.triage.verdict`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from components.base.errors import TriageError

MAKE_ANEW = "make it anew with `pulumi preview --json --show-replacement-steps`"
_URN_PARTS = 4
_COUNTED = ("delete", "replace")
"""Operations whose steps every document shows; those of a replacement's parts may be left out of it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that the engine would do to a resource; a replacement is up to three."""

    operation: str
    urn: str
    custom: bool = True
    """Whether it is a resource of a provider; a component is not."""
    deleted_with: str = ""
    """URN of what takes it along. Events do not tell."""
    external: bool = False
    """Whether it was only read: then nothing happens to it."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """As they were, secrets hidden by the CLI."""
    protected: bool = False
    reasons: tuple[str, ...] = ()
    """Properties that force the replacement."""
    retained: bool = False
    """Whether its deletion leaves the thing itself alone."""

    @property
    def type(self) -> str:
        """The resource's own type, without those of the components above it."""
        return self.urn.split("::", _URN_PARTS - 1)[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.split("::", _URN_PARTS - 1)[3]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A preview, whole or failed."""

    steps: tuple[Step, ...]
    failures: tuple[str, ...] = ()
    """What went wrong, in the engine's words; such a preview does not show everything."""


def read_preview(text: str, *, source: str) -> Preview:
    """Return what a preview's document says. Raises `TriageError` for what is no whole document of a preview."""
    if not text.strip():
        raise TriageError(f"{source}: there is nothing in it: a preview has at least a summary; {MAKE_ANEW}.")
    first = next(line for line in text.splitlines() if line.strip())
    try:
        streamed = _is_event(json.loads(first))
    except (json.JSONDecodeError, RecursionError):
        streamed = False
    try:
        if streamed:
            return _of_events([json.loads(line) for line in text.splitlines() if line.strip()], source)
        return _of_document(json.loads(text), source)
    except json.JSONDecodeError as error:
        raise TriageError(
            f"{source}: this is not JSON, or not all of it: {_said(error)} in line {error.lineno}; {MAKE_ANEW}."
        ) from None
    except RecursionError:
        raise TriageError(f"{source}: this nests deeper than any preview; {MAKE_ANEW}.") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise TriageError(
            f"{source}: this looks like a preview, but a step in it lacks what every step has; {MAKE_ANEW}."
        ) from None


def _said(error: json.JSONDecodeError) -> str:
    """Return what is wrong in the decoder's words; some of them end as if a place followed."""
    return error.msg.lower().removesuffix(" at")


def _is_event(document: Any) -> bool:
    return isinstance(document, dict) and {"sequence", "timestamp"} <= document.keys()


def _of_document(document: Any, source: str) -> Preview:
    if not isinstance(document, dict) or not {"changeSummary", "diagnostics", "steps"} & document.keys():
        raise TriageError(f"{source}: this is JSON, but of no preview: it has no steps and no summary; {MAKE_ANEW}.")
    failures = [str(row["message"]) for row in document.get("diagnostics") or () if row.get("severity") == "error"]
    steps = [
        _step(row, old=row.get("oldState"), new=row.get("newState"), keys="replaceReasons", diffs="diffReasons")
        for row in document.get("steps") or ()
    ]
    return _checked(steps, failures, summary=document.get("changeSummary"), source=source)


def _of_events(events: list[Any], source: str) -> Preview:
    steps, failures = [], []
    summary: Any = None
    for event in events:
        if not _is_event(event):
            raise TriageError(f"{source}: a line in it is no event of the engine; {MAKE_ANEW}.")
        if said := event.get("diagnosticEvent"):
            failures += [str(said["message"])] if said["severity"] == "error" and not said.get("ephemeral") else []
        if broken := event.get("policyEvent"):
            failures += [str(broken["message"])] if broken["enforcementLevel"] == "mandatory" else []
        if crash := event.get("errorEvent"):
            failures.append(str(crash["error"]))
        if before := event.get("resourcePreEvent"):
            row = before["metadata"]
            steps.append(_step(row, old=row.get("old"), new=row.get("new"), keys="keys", diffs="diffs"))
        if end := event.get("summaryEvent"):
            summary = end.get("resourceChanges")
            if end.get("result") not in {None, "succeeded"} and not failures:
                failures.append(f"the preview {end['result']}")
    return _checked(steps, failures, summary=summary, source=source)


def _step(row: Mapping[str, Any], *, old: Any, new: Any, keys: str, diffs: str) -> Step:
    state = cast("Mapping[str, Any]", old or new or {})
    if len(str(row["urn"]).split("::", _URN_PARTS - 1)) != _URN_PARTS:
        raise ValueError(row["urn"])
    return Step(
        operation=str(row["op"]),
        urn=str(row["urn"]),
        custom=bool(state.get("custom")),
        deleted_with=str(state.get("deletedWith") or ""),
        external=bool(state.get("external")),
        inputs=state.get("inputs") or {},
        protected=bool(state.get("protect")),
        reasons=_reasons(row, keys=keys, diffs=diffs),
        retained=bool(state.get("retainOnDelete")),
    )


def _reasons(row: Mapping[str, Any], *, keys: str, diffs: str) -> tuple[str, ...]:
    """Return the properties that force a replacement; where the engine names none, those that differ."""
    detailed = row.get("detailedDiff") or {}
    forcing = [
        path
        for path, difference in detailed.items()
        if str(difference.get("kind") or difference.get("diffKind")).endswith("-replace")
    ]
    return tuple(sorted(set(forcing or row.get(keys) or row.get(diffs) or ())))


def _checked(steps: Iterable[Step], failures: list[str], *, summary: Any, source: str) -> Preview:
    preview = Preview(steps=tuple(steps), failures=tuple(_line(failure) for failure in failures))
    if preview.failures:
        return preview
    if not summary:
        raise TriageError(f"{source}: the preview did not come to its end: there is no summary in it; {MAKE_ANEW}.")
    shown = Counter(step.operation for step in preview.steps)
    for operation in _COUNTED:
        if (told := summary.get(operation, 0)) > shown[operation]:
            raise TriageError(
                f"{source}: its summary counts {told} {operation} and its steps show {shown[operation]}: "
                f"something is missing; {MAKE_ANEW}."
            )
    return preview


def _line(message: str) -> str:
    return " ".join(message.split()).removeprefix("error: ").rstrip(".")
