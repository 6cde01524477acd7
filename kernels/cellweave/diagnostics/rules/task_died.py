"""The process of a task ended without saying why."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("task-died", "error", summary=__doc__)
