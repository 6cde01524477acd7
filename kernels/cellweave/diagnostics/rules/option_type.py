"""An option has a value of the wrong kind."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("option-type", "error", summary=__doc__, status=2)
