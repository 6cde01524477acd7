"""The file is JSON, but not a notebook that can be read."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("not-a-notebook", "error", summary=__doc__, status=2)
