"""The place that output should go to cannot be written."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unwritable-output", "error", summary=__doc__, status=2)
