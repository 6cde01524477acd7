"""A cell is not valid Python."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("parse-error", "error", summary=__doc__, status=2)
