"""A cell was named that the notebook does not have."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unknown-cell", "error", summary=__doc__, status=2)
