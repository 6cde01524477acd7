"""The way of running that was chosen needs a package that is not installed."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("engine-missing", "error", summary=__doc__, status=2)
