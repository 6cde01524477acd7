"""A stored value that a task needs is not there."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("missing-input", "error", summary=__doc__)
