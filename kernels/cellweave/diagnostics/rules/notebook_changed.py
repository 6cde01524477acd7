"""The notebook changed while it was read."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("notebook-changed", "error", summary=__doc__, status=2)
