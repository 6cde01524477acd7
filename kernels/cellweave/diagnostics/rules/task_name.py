"""A task's name had to be changed, or is missing."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("task-name", "warning", summary=__doc__, status=2)
