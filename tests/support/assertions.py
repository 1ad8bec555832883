"""An assertion that names everything that breaks it, however much that is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def assert_none(offenders: Iterable[object], why: str) -> None:
    """Fail unless there are none, with a line for each; `why` says what would go wrong and what to do."""
    __tracebackhide__ = True
    if lines := [f"  {offender}" for offender in offenders]:
        pytest.fail("\n".join((f"{why}:", *lines)), pytrace=False)
