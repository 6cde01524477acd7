"""A call that the analysis does not know may change a value, so it counts as a writer of it."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("possible-mutation", "info", summary=__doc__)
