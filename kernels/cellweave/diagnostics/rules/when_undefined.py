"""A cell that `when` may leave out is the only one to define a name."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("when-undefined", "error", summary=__doc__)
