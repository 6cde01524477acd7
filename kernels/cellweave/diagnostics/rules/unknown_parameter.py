"""A value was given for a parameter that the notebook does not have."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unknown-parameter", "error", summary=__doc__, status=2)
