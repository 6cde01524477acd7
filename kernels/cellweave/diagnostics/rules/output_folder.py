"""A bundle cannot be written to this place without destroying something else."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("output-folder", "error", summary=__doc__, status=2)
