"""The tasks that the notebook names would have to wait for each other."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("cyclic-grouping", "error", summary=__doc__)
