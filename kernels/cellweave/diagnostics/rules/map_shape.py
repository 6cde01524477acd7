"""A `map` cell has no loop that can be split."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("map-shape", "error", summary=__doc__)
