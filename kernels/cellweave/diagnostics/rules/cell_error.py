"""A cell of the notebook raised an exception."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("cell-error", "error", summary=__doc__)
