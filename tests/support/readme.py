"""The console blocks of the README."""

from __future__ import annotations

from q2o_infra.stack_files import ROOT
from tests.docs.pages import consoles

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = tuple(consoles(README))
SANDBOX = {block.note: block for block in BLOCKS if block.note}
"""Those that bring a region up or down, by the comment before them."""
