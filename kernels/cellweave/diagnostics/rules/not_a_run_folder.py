"""The folder given for a run holds something else."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("not-a-run-folder", "error", summary=__doc__, status=2)
