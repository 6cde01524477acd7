"""Something that a task waits for is not there yet."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("not-ready", "error", summary=__doc__)
