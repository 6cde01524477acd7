"""The value given for a parameter does not fit its type."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("parameter-type", "error", summary=__doc__, status=2)
