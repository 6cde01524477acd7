"""A task took longer than its `timeout` allows."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("task-timed-out", "error", summary=__doc__)
