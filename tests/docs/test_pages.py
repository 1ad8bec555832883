"""Every page: its links and paths lead somewhere, its commands exist, and it names no machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from q2o_infra.cli.main import q2o
from q2o_infra.stack_files import ROOT
from tests.docs.pages import Line, all_lines, lines, pages
from tests.support.assertions import assert_none

ADRS = ROOT / "docs" / "adr"
TOP = frozenset(path.name for path in ROOT.iterdir())
MADE_WHILE_RUNNING = (".venv/", ".sandbox/")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
COMMAND = re.compile(r"(?:^|[\s`$/])(make|q2o)((?: +[\w.=-]+)*)")


def links() -> Iterator[tuple[Line, str]]:
    for line in all_lines():
        if line.block is None:
            yield from ((line, target) for target in LINK.findall(line.text))


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub forms them."""
    titles = [line.text.lstrip("#").strip() for line in lines(page) if line.block is None and line.text.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def leads_somewhere(line: Line, target: str) -> bool:
    if re.match(r"https://\w", target):
        return True
    path, _, anchor = target.partition("#")
    there = (line.page.parent / path).resolve() if path else line.page
    if not there.exists() or not there.is_relative_to(ROOT):
        return False
    return not anchor or anchor in headings(there)


def test_every_link_leads_somewhere() -> None:
    assert_none([line for line, target in links() if not leads_somewhere(line, target)], "a link into nothing")


def paths(line: Line) -> Iterator[str]:
    """Paths of this repository that a line names in code marks: those that begin with something at its top."""
    for code in CODE.findall(line.text):
        if PATH.fullmatch(code) and ("/" in code or "." in code) and code.split("/")[0] in TOP:
            yield code


def test_every_path_that_is_named_exists() -> None:
    missing = [
        line
        for line in all_lines()
        if line.block is None
        for path in paths(line)
        if not path.startswith(MADE_WHILE_RUNNING) and not (ROOT / path).exists()
    ]
    assert_none(missing, "a path that is not there")


def commands() -> Iterator[tuple[Line, str, list[str]]]:
    """Yield each use of make and q2o: in console and sh blocks, and in code marks."""
    for line in all_lines():
        parts = CODE.findall(line.text) if line.block is None else [line.text] * (line.block in {"console", "sh"})
        for part in parts:
            command = part.strip().removeprefix("$ ").removeprefix(".venv/bin/")
            if found := re.match(r"(make|q2o)((?: [\w.=-]+)*)", command):
                yield line, found[1], found[2].split()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


def variables() -> set[str]:
    return set(re.findall(r"\$\((?:if \$\()?([A-Z]+)\)", (ROOT / "Makefile").read_text(encoding="utf-8")))


def wrong_make(words: list[str]) -> bool:
    given = [word.partition("=") for word in words]
    return any(name not in (variables() if equals else targets()) for name, equals, _ in given)


def wrong_q2o(words: list[str]) -> bool:
    if not words:
        return False
    name, *rest = words
    command = q2o.commands.get(name)
    if command is None:
        return not name.startswith("-")
    known = {flag for option in command.params if isinstance(option, click.Option) for flag in option.opts}
    return any(word.startswith("--") and word.partition("=")[0] not in known for word in rest)


def test_every_command_exists() -> None:
    wrong = {"make": wrong_make, "q2o": wrong_q2o}
    assert_none([line for line, program, words in commands() if wrong[program](words)], "no such command or option")


def test_a_command_that_does_not_exist_is_seen() -> None:
    assert wrong_make(["upp"])
    assert wrong_make(["up", "STCK=us-east"])
    assert wrong_q2o(["plan", "us-east", "--jsn"])
    assert wrong_q2o(["pln"])
    assert not wrong_q2o(["plan", "us-east", "--json"])
    assert not wrong_make(["up", "STACK=apac", "PHASE=1"])


def test_every_make_target_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert_none(
        [name for name in targets() if not re.search(rf"^{name}:.*## \S", text, flags=re.MULTILINE)],
        "`make help` does not show it",
    )


def test_every_decision_is_in_the_index_with_its_title() -> None:
    index = (ADRS / "README.md").read_text(encoding="utf-8")
    missing = []
    for page in sorted(ADRS.glob("[0-9]*.md")):
        number, _, _ = page.name.partition("-")
        title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {int(number)}. ")
        if f"| [{number}]({page.name}) | {title} |" not in index:
            missing.append(f"{page.name}: {title}")
    assert_none(missing, "a decision without its row in docs/adr/README.md")


@pytest.mark.parametrize("part", ["Status: ", "## Context", "## Decision", "## Consequences"])
def test_every_decision_has_its_parts(part: str) -> None:
    without = [
        page.name
        for page in sorted(ADRS.glob("[0-9]*.md"))
        if not re.search(rf"^(?:{part}|## Options and decisions$)", page.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert_none(without, f"decisions without {part!r}")


def test_numbers_of_decisions_are_given_once() -> None:
    numbers = [page.name[:4] for page in sorted(ADRS.glob("[0-9]*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


FOREIGN = {
    "a folder of somebody's machine": re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|work|opt)/"),
    "the host of a package registry": re.compile(
        r"\b(?:pypi|pythonhosted|npmjs|artifactory|jfrog|nexus|proxy\.golang|crates)\b", re.IGNORECASE
    ),
    "something left to do": re.compile(r"\b(?:TODO|FIXME|XXX|TBD)\b"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_no_page_names(what: str) -> None:
    found = [line for line in all_lines() if FOREIGN[what].search(line.text) and "there is no TODO" not in line.text]
    assert_none(found, what)


def test_prose_has_one_sentence_per_line() -> None:
    joined = [
        line
        for line in all_lines()
        if line.block is None
        and not is_generated(line.page)
        and not line.text.lstrip().startswith("|")
        and re.search(r"[a-z)][.?] [A-Z][a-z]* ", CODE.sub("code", line.text))
    ]
    assert_none(joined, "two sentences on one line; a difference would show both")


def is_generated(page: Path) -> bool:
    return page.read_text(encoding="utf-8").startswith("<!-- Generated ")


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        near = [(page.parent / target.partition("#")[0]).resolve() for line, target in links() if line.page == page]
        waiting += [other for other in near if other.suffix == ".md" and other.exists() and other not in reached]
    assert_none([page.relative_to(ROOT) for page in pages() if page not in reached], "no page leads there")


def test_good_examples_stand_where_they_are_said_to() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.findall(r"Good, from `([^`]+)`:\n\n```python\n(.*?)\n```", text, flags=re.DOTALL)
    assert len(found) == 10
    gone = [
        f"{path}: {snippet.splitlines()[0]}"
        for path, snippet in found
        if stripped(snippet) not in stripped((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert_none(gone, "an example that the code no longer shows")


def stripped(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
