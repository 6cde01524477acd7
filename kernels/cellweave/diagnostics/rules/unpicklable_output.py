"""A value that cannot leave its process crosses a task boundary."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unpicklable-output", "error", summary=__doc__)
