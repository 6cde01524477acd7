"""The run holds no value of this name."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("no-such-value", "error", summary=__doc__)
