"""Two names share one object, and the split into tasks would make two objects of it."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("alias-split", "error", summary=__doc__)
