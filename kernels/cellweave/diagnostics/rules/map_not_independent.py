"""The iterations of a `map` cell depend on each other."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("map-not-independent", "error", summary=__doc__)
