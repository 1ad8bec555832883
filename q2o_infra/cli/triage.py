"""`q2o triage`: what of a preview would replace or delete something stateful."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from components.base.errors import EXIT_NO, TriageError
from q2o_infra.cli.options import json_option
from q2o_infra.triage.previews import read_preview
from q2o_infra.triage.verdict import Finding, is_blocked, is_costly, triage_document
from q2o_infra.triage.verdict import triage as judge


@click.command()
@click.argument("file")
@click.option(
    "--acknowledge", "acknowledged", metavar="URN", multiple=True, help="Somebody has looked at this one; repeatable."
)
@json_option
def triage(file: str, acknowledged: tuple[str, ...], *, as_json: bool) -> None:
    """Shout every replacement or deletion of something stateful in FILE, which `pulumi preview --json` wrote.

    `-` reads from stdin. Exit code 1 unless each was acknowledged.
    """
    source = "stdin" if file == "-" else file
    findings = judge(read_preview(_read(file), source=source), source=source, acknowledged=acknowledged)
    if as_json:
        click.echo(json.dumps(triage_document(findings), indent=2, sort_keys=True))
    else:
        for line in _lines(findings):
            click.echo(line)
    if any(map(is_blocked, findings)):
        sys.exit(EXIT_NO)


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise TriageError(
            f"{file}: the file cannot be read: {reason}; name what `pulumi preview --json` wrote."
        ) from None


def _lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    for row in findings:
        if is_costly(row):
            yield f"{row.change.value.upper()}  {row.urn}"
            yield f"  why:  {row.why}"
            yield f"  lost: {row.lost}"
            yield "  acknowledged" if row.acknowledged else f"  BLOCKED: look at it, then --acknowledge '{row.urn}'"
        elif row.lost:
            yield f"kept  {row.urn}"
            yield f"  why:  {row.why}; it leaves the state and stays where it is"
    document = triage_document(findings)
    counts = {key: len(urns) for key, urns in document.items() if key != "findings" and isinstance(urns, list)}
    yield (
        f"stateful: {counts['replaced']} replaced, {counts['deleted']} deleted, {counts['kept']} kept; "
        f"{counts['acknowledged']} acknowledged, {counts['blocked']} blocked; "
        f"stateless: {counts['stateless']} replaced or deleted"
    )
