"""The notebook is for a kernel of another language."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unsupported-language", "error", summary=__doc__, status=2)
