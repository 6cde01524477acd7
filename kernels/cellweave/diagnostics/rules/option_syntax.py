"""An option line cannot be read."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("option-syntax", "error", summary=__doc__, status=2)
