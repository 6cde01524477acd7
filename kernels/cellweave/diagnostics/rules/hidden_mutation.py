"""A cell changed a value that the analysis took to be unchanged."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("hidden-mutation", "error", summary=__doc__)
