"""Stand-in for cert-manager's answer to a Certificate: it is ready at once, and no certificate is issued."""

from __future__ import annotations

from typing import Any


def status(certificate: dict[str, Any]) -> dict[str, Any]:
    """Return the status of an issued certificate."""
    return {
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "Ready",
                "message": "Certificate is up to date and has not expired",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
                "observedGeneration": certificate["metadata"].get("generation", 1),
            }
        ]
    }
