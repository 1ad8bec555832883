"""What the Pulumi engine reports of a run: one JSON document per line, written while it works.

The format is pulumi's `apitype.EngineEvent` (sdk/go/common/apitype/events.go).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SAME = "same"


class Events:
    """The events of one run, read from its log; none when the run wrote no log."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def clear(self) -> None:
        """Remove the log of an earlier run, to which the CLI would append."""
        self.path.unlink(missing_ok=True)

    @property
    def errors(self) -> list[str]:
        """Messages of severity error, in order, without repeats."""
        found = [
            str(event["message"]).strip()
            for event in self._of("diagnosticEvent")
            if event.get("severity") == "error" and not event.get("ephemeral")
        ]
        return list(dict.fromkeys(found))

    @property
    def unchanged(self) -> list[str]:
        """URNs of the resources, components aside, that stayed as they were."""
        rows = [event["metadata"] for event in self._of("resourcePreEvent")]
        return [row["urn"] for row in rows if row["op"] == _SAME and (row.get("new") or {}).get("custom")]

    @property
    def summary(self) -> dict[str, int]:
        """How many resources were, or would be, treated in which way."""
        for event in self._of("summaryEvent"):
            return dict(event.get("resourceChanges") or {})
        return {}

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        if not self.path.exists():
            return
        with self.path.open() as file:
            for line in file:
                # A killed engine leaves half a line.
                if line.endswith("\n") and (event := json.loads(line).get(kind)) is not None:
                    yield event
