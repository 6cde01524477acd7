"""The options `after` make tasks wait for each other."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("after-cycle", "error", summary=__doc__, status=2)
