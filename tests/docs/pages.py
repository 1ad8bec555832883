"""The project's Markdown pages, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from q2o_infra.stack_files import ROOT

_SKIPPED = frozenset({".venv", ".sandbox", ".pulumi", ".git", ".pytest_cache", ".ruff_cache", ".mypy_cache", "build"})
_FENCE = re.compile(r"^ *```")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a page."""

    page: Path
    number: int
    text: str
    block: str | None
    """Language of the fenced block that it stands in; "" for none given, `None` outside of blocks."""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.number}: {self.text.strip()}"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A block of commands with their output; `note` is the comment above it."""

    command: str
    output: tuple[str, ...]
    note: str


def pages() -> list[Path]:
    """Return every Markdown page of the project, sorted."""
    return sorted(path for path in ROOT.rglob("*.md") if not _SKIPPED.intersection(path.relative_to(ROOT).parts[:-1]))


def lines(page: Path) -> Iterator[Line]:
    """Yield the lines of a page, those of fences left out."""
    block: str | None = None
    for number, text in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if _FENCE.match(text):
            block = text.strip().removeprefix("```").strip() if block is None else None
        else:
            yield Line(page=page, number=number, text=text, block=block)


def all_lines() -> Iterator[Line]:
    """Yield the lines of all pages."""
    for page in pages():
        yield from lines(page)


def consoles(page: Path) -> Iterator[Shown]:
    """Yield the blocks marked `console`; each holds one command after `$ `."""
    text = page.read_text(encoding="utf-8")
    for note, body in re.findall(r"(?:<!-- (sandbox: \w+) -->\n)?```console\n(.*?)\n?```", text, flags=re.DOTALL):
        first, *output = body.splitlines()
        yield Shown(command=first.removeprefix("$ "), output=tuple(output), note=note)


def matches(shown: tuple[str, ...], real: str) -> bool:
    """Whether a page shows a command's real output: `...` is any lines; times, ports and trailing spaces may differ."""
    wanted = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(_plain(f"{line}\n")) for line in shown)
    return re.fullmatch(wanted, _plain(real)) is not None


def _plain(text: str) -> str:
    without_times = re.sub(r"\[? *\d+\.\d s\]?", "SECONDS", text)
    without_ports = re.sub(r":\d{5}\b", ":PORT", without_times)
    # Which pods the autoscaler sees first decides whether it takes a node more, and what runs on each node with it.
    without_ports = re.sub(r"(?m)^(elastic\s.*?)\s+\d+$", r"\1 COUNT", without_ports)
    without_ports = re.sub(r"(?m)^pods: (\d+) of \1 ready$", "pods: ALL ready", without_ports)
    return "".join(f"{line.rstrip()}\n" for line in without_ports.splitlines())
