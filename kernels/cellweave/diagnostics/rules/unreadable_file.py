"""The file cannot be opened."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unreadable-file", "error", summary=__doc__, status=2)
