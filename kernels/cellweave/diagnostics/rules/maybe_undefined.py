"""A cell reads a name that is defined only on some paths through the cells before it."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("maybe-undefined", "warning", summary=__doc__)
