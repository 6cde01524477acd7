"""The file is not JSON."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("not-json", "error", summary=__doc__, status=2)
