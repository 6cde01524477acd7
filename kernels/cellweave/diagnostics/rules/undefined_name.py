"""A cell reads a name that nothing before it defines."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("undefined-name", "error", summary=__doc__)
