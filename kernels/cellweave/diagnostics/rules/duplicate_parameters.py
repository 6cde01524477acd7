"""More than one cell is tagged `parameters`."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("duplicate-parameters", "error", summary=__doc__, status=2)
