"""A cell has half a character in it: a lone surrogate, which is not valid text."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("lone-surrogate", "error", summary=__doc__, status=2)
