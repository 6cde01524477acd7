"""The analysis cannot see what this code reads and writes."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("opaque-code", "warning", summary=__doc__)
