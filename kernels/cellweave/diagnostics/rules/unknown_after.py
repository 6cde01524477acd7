"""The option `after` names a task that does not exist."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unknown-after", "error", summary=__doc__, status=2)
