"""Git does not know this notebook at this revision."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unknown-revision", "error", summary=__doc__, status=2)
