"""Preview documents as the engine would write them, made up one resource at a time."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

STEPS = {
    "create": ("create",),
    "delete": ("delete",),
    "replace": ("create-replacement", "replace", "delete-replaced"),
    "replace-first-deleted": ("delete-replaced", "replace", "create-replacement"),
    "replace-told-in-one": ("replace",),
    "replace-by-import": ("import-replacement", "replace", "delete-replaced"),
    "replace-by-read": ("read-replacement", "replace", "delete-replaced"),
    "same": ("same",),
    "update": ("update",),
}
"""By what happens to a resource, the steps that show it."""
_LOGICAL = {"create", "delete", "replace", "same", "update"}


def urn(type_: str, name: str, *, parents: str = "q2o:data:Data") -> str:
    return f"urn:pulumi:us-east::q2o-infra::{parents}${type_}::{name}"


def steps(type_: str, name: str, change: str, **state: Any) -> list[dict[str, Any]]:
    """Return the steps of one resource; `state` is what its old state says beside the usual."""
    here = urn(type_, name)
    old = {"urn": here, "custom": True, "id": "some", "type": type_, **state}
    return [
        {
            "op": operation,
            "urn": here,
            **({} if operation == "create" else {"oldState": old}),
            **({} if operation in {"delete", "delete-replaced"} else {"newState": {**old, "protect": False}}),
            "replaceReasons": ["some"] if operation in {"replace", "create-replacement"} else [],
            "detailedDiff": None,
        }
        for operation in STEPS[change]
    ]


def document(rows: list[dict[str, Any]], *, diagnostics: list[dict[str, Any]] | None = None) -> str:
    """Return the one document that the CLI prints by itself."""
    summary = Counter({"same": 1}) + Counter(row["op"] for row in rows if row["op"] in _LOGICAL)
    return json.dumps({"steps": rows, "diagnostics": diagnostics or [], "duration": 1, "changeSummary": summary})


def streamed(rows: list[dict[str, Any]], **summary: Any) -> str:
    """Return the same as one event a line."""
    events: list[dict[str, Any]] = [{"preludeEvent": {"config": {}}}]
    for row in rows:
        metadata = {
            "op": row["op"],
            "urn": row["urn"],
            "type": row["urn"].split("::")[2].rpartition("$")[2],
            "old": row.get("oldState"),
            "new": row.get("newState"),
            "keys": row["replaceReasons"],
            "detailedDiff": row["detailedDiff"],
        }
        events += [{"resourcePreEvent": {"metadata": metadata}}, {"resOutputsEvent": {"metadata": metadata}}]
    changes = Counter({"same": 1}) + Counter(row["op"] for row in rows if row["op"] in _LOGICAL)
    events += [{"summaryEvent": {"resourceChanges": changes, "result": "succeeded", **summary}}, {"cancelEvent": {}}]
    return "".join(
        json.dumps({"sequence": number, "timestamp": 0, **event}) + "\n" for number, event in enumerate(events)
    )


def some_name(chance: random.Random) -> str:
    """Return a logical name as somebody might choose it, with what URNs themselves are made of."""
    return "".join(chance.choice(("a", "data", "-", "::", "$", "7", "é", " ")) for _ in range(6)) + str(
        chance.randrange(10**9)
    )
